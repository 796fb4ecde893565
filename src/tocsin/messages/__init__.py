"""The wire: models, CloudEvents, adapters, intake and codecs."""
