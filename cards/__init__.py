"""How we say it: from an evaluation to CDS Hooks cards."""
