"""What a person changes in a picture: regions under hints, and files that hold it."""
