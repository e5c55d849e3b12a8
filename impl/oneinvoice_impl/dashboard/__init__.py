"""The dashboard: pages for people, rendered here. Imported when the first of them is asked for."""
