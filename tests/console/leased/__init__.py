"""What holds of every row that workers take, whatever it is of."""
