"""The bench: ciam beside oidc-provider, same core, interleaved, warm; ratios count."""
