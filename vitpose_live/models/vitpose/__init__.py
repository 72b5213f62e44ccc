"""ViTPose and ViTPose+: networks that find the keypoints of people whose boxes are known."""
