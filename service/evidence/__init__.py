"""Evidence that a third party can check: signed packs, and the chain of evidence."""
