"""What makes each file of ``data/``: one module a file, ``python -m nastutor.studies.NAME data/NAME.npz``.

Reading a stored file (the ``load_…`` function of its module) takes no torch; making it may.
"""
