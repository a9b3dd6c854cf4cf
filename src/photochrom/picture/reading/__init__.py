"""From bytes that nobody vouches for to a picture, or to a reason why not."""
