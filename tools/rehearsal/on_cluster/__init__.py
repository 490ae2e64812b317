"""The rehearsal's pods on a real cluster: their images, what they need there, and the way in."""
