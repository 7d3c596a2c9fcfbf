"""What we know: value sets, findings, criteria, and how a chart is judged by them."""
