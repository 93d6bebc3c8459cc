"""Secrets of processors in files of any type: detect-secrets' plugins, and ours for what it lacks, on the lines that matter."""
