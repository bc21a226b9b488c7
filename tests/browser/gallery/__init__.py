"""A gallery of every page and state with sample data, for screenshots, axe and the designer's eye."""
