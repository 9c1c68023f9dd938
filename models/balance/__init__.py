"""Do the meters agree with each other? Node balances, suspects, reconciliation."""
