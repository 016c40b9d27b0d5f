### ja
