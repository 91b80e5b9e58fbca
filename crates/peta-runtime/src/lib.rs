//! Keeps MCP servers alive: launcher, stdio children, Streamable HTTP and HTTP+SSE lines.
