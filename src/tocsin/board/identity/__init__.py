"""Who looks at the board and who may act there: by a token, by a proxy in front of it, by an OpenID provider."""
