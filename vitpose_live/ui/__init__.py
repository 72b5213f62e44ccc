"""The desktop app: shows what the engine below finds, and asks it for more. The only user of Qt."""
