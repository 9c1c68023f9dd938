"""OPC UA, read only: decode (pure), link (asyncua), source (one device)."""
