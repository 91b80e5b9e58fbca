//! For tests: a scripted MCP server, a running Core, agents.
