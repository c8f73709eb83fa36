"""Pure functions of strings; nothing here knows a table, a request or a file of ours."""
