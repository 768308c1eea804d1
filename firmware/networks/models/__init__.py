"""A small convolutional network on handwritten digits: its training, its file, images to try."""
