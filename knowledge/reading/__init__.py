"""From resources to facts: how a chart answers the findings' questions."""
