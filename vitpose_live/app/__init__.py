"""Where parts meet: settings, session, the jobs people start."""
