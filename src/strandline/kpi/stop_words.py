"""Words that say nothing of what a text is about, in English and German."""

_ENGLISH = """
a about after again all also am an and any are as at be because been before being both but by can could
did do does doing don down during each even few for from further get got had has have having he her here
hers him his how i if in into is it its itself just like me more most my myself no nor not now of off on
once one only or other our ours out over own really s same she should so some still such t than that the
their theirs them then there these they this those through to too under until up us very was we were what
when where which while who whom why will with would you your yours
"""
_GERMAN = """
aber alle allem allen aller alles als also am an auch auf aus bei bin bis bist da damit dann das dass daß
dein dem den der des die dies diese dieser dieses doch dort du durch ein eine einem einen einer eines er
es etwas euch euer für gegen hab habe haben hat hatte hatten ich ihm ihn ihnen ihr ihre im in ins ist ja
jede jeder jedes jetzt kann kein keine können man mein mich mir mit muss nach nicht nichts noch nun nur
ob oder ohne schon sehr sein seine sich sie sind so soll über um und uns unser unter vom von vor war
waren was weil wenn wer werden wie wieder will wir wird wo zu zum zur zwar
"""
STOP_WORDS = frozenset((*_ENGLISH.split(), *_GERMAN.split()))
