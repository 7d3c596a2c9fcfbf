"""From FHIR R4 bytes to resources, codes, dates, units and identity: the chart's primitives."""
