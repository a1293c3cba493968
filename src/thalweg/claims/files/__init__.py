"""What a person wrote: claim files read, marked and reported."""
