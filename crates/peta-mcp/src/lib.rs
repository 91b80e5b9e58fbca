//! The Model Context Protocol's wire: raw messages, framing, versions, features. Pure.
