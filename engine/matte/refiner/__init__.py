"""Our own way from a mask to an alpha: a small UNet with wavelets that corrects classical estimates in the unknown band."""
