"""What the servers of the house share: whom they let in, how they listen, the files of a page."""
