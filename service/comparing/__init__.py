"""Two versions of the knowledge: from git or from folders, judged on the same patients."""
