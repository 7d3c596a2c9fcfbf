"""Asking the EHR's own FHIR server for what a call did not bring."""
