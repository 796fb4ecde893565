"""The settings of the gateway."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from tocsin.settings.ranges import File, HostName, HttpUrl

VALUE_BYTES_MAX = 1024 * 1024
"""The largest `value_bytes_max` and `mail_bytes_max`: with what intake adds it still fits the topics."""


class GatewaySettings(BaseSettings):
    """The part of the settings that `tocsin gateway` alone reads."""

    gateway_host: HostName = Field("127.0.0.1", description="Address at which the gateway takes messages and mail")
    gateway_http_port: int = Field(8643, ge=0, le=65_535, description="Port for HTTP; 0 takes a free one")
    gateway_mail_port: int = Field(
        8625, ge=0, le=65_535, description="Port for mail that clients wrote; 0 takes a free one"
    )
    gateway_sent_port: int | None = Field(
        None, ge=0, le=65_535, description="Port for mail that we sent, where there is `sent_topic`; 0 takes a free one"
    )
    gateway_mail_protocol: Literal["smtp", "lmtp"] = Field("smtp", description="How mail comes: smtp or lmtp")
    gateway_token: SecretStr | None = Field(
        None,
        min_length=1,
        description="What senders must show: Authorization: Bearer ..., or as the password of SMTP",
    )
    gateway_token_file: File | None = Field(None, description="File that holds `gateway_token`")
    gateway_tls_certificate_file: File | None = Field(
        None, description="The gateway's certificate (PEM): HTTPS, and STARTTLS for mail"
    )
    gateway_tls_key_file: File | None = Field(
        None, description="Private key (PEM, not encrypted) of that certificate, unless it is in the same file"
    )
    gateway_tls_client_ca_file: File | None = Field(
        None, description="Authority (PEM) whose certificates senders must have; they need no token then"
    )
    gateway_desk: bool = Field(
        default=False, description="Whether the gateway takes what is for the desk, in any analyst's name"
    )
    gateway_twilio_token: SecretStr | None = Field(
        None, min_length=1, description="The auth token of the Twilio account whose callbacks are taken"
    )
    gateway_twilio_token_file: File | None = Field(None, description="File that holds `gateway_twilio_token`")
    gateway_twilio_url: HttpUrl | None = Field(
        None, description="The address of /twilio/voice as Twilio has it, which its signature covers"
    )
