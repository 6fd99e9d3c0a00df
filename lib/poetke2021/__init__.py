"""This paper's way through the models: its electrodes, cells, stack and spectra, and one module a chapter.

Claims, figures and the physics that one chapter alone uses stand together in the module of that chapter's name. Whoever
wants a companion to another paper copies this package and ``data/paper``.
"""
