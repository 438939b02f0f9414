"""Domain knowledge as data: subjects, facets, cues of stance, phrasings of questions."""
