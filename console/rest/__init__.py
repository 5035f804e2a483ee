"""What every REST view is made of; nothing here knows a view."""
