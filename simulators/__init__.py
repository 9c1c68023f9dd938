"""The simulated site: one energy-balanced plant, served over real sockets."""
