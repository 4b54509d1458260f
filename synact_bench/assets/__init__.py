"""Assets: where things come from: packages, hub, local files, texts and prompts."""
