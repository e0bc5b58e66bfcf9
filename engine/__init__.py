"""The resident engine: tokenizer, GPT, cache, sampler and the process that keeps them warm."""
