"""What Rasa imports: graph components, the one input channel and the turn's tracker store.

Runs on Python 3.10 in ``.venv-rasa``. Of the rest of ``bot`` it may import only
``bot.encoder`` and ``bot.crisis``, which are pure.
"""
