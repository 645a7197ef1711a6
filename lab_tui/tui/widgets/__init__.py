"""What screens are made of: widgets drawn line by line from value objects."""
