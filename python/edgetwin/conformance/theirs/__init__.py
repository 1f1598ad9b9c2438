"""What other runtimes compute where they part from TFLite Micro, in numpy, to show that it gives their bytes."""
