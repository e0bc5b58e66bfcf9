"""Which lead sheets of OpenEWLD are in the public domain by the deaths of all their authors.

The collection took a work if any one of its authors had died before 1948, and so holds songs of Richard Rodgers
(died in 1979) or Harry Warren (1981), whose lyricists had: 298 of 502. Here all must have. This is the rule of
seventy years after death; where a term counts from publication (works of 1931 and later in the United States) a
song that passes may be protected still.
"""

from __future__ import annotations

AUTHORS = frozenset(
    """
Alan_Rankin_Jones Alberto_Pestalozza Alfred_Hedenstierna Alfredo_Le_Pera Alicia_Scott Anne_Caldwell Antoine_Renard
Archie_Pitt Arthur_A._Penn Arthur_Lamb Arthur_Sullivan Aubrey_Hopwood Augustus_Toplady Ballard_MacDonald
Benjamin_Russell_Hanby Bernie_Miller Beth_Slater_Whitson Billy_Hill Brewster_M._Higley Carlo_Tiochet Carlos_Gardel
Charles_Austin_Miles Charles_C._Converse Charles_Gounod Charles_K._Harris Charles_N._Daniels Charles_Wesley
Chauncey_Olcott Christina_Rossetti Claude_Debussy Claude_Joseph_Rouget_de_Lisle Clifford_Grey Dan_Emmett
Daniel_Alomías_Robles Daniel_E._Kelley Dick_Smith Eben_E._Rexford Edmund_Sears Edward_Cuthbert_Nunn
Edward_Teschemacher Eliza_Flower Eugène_Pottier F._W._Meacham Fats_Waller Felix_Bernard Felix_Mendelssohn
Fermo_Dante_Marchetti Frank_Dean Franz_Liszt Fred_Fisher Frederic_Knight_Logan Frederic_Weatherly Frederick_Oakeley
Frederick_Ricketts George_A._Norton George_F._Root George_M._Cohan George_Whiting Glen_MacDonough Glenn_Miller
Grant_Clarke Gus_Edwards Gus_Kahn Guy_d'Hardelot H.P._Danks Hans_Engelmann Harry_B._Smith Harry_Von_Tilzer
Henry_Blossom Henry_Rowley_Bishop Herbert_Reynolds Herman_Darewski Howard_Johnson Hughie_Cannon Ira_Schuster
Isaac_Watts James_A._Bland James_Chadwick James_Hanley James_I._Russell James_Montgomery_[1] James_Pierpont
James_Royce_Shannon James_Thornton James_Waddel_Alexander Jerome_Kern Jimmie_Cox Jimmie_Rodgers Jimmy_Monaco
Joe_Young Johann_Strauss_(Vater) Johannes_Brahms John_Baptiste_Calkin John_Henry_Hopkins_Jr. John_Howard_Payne_[1]
John_Hughes_[1] John_Mason_Neale John_Philip_Sousa John_Sylvester_Fearis John_V._Eppel John_W._Bratton
Johnny_Black_[1] Joseph_Brackett,_Jr. Joseph_Eastburn_Winner Joseph_LaCalle Joseph_M._Scriven Joseph_McCarthy
Joseph_Tabrar Julia_Ward_Howe Julio_Baudouin Katharine_Lee_Bates Laura_Rountree_Smith Leo_Friedman Leslie_Stuart
Lew_Pollack Lewis_Redner Liliuokalani Lionel_Monckton Lorenz_Hart Lorenzo_Barcelata_Castro Lowell_Mason
Ludwig_van_Beethoven Luigi_Denza Maurice_Ravel Michael_Maybrick Mildred_Hill Narciso_Serradell_Sevilla
Nikolai_Rimsky-Korsakov Patty_Hill Paul_Dresser Peppino_Turco Phillips_Brooks Pierre_De_Geyter Pietro_Mascagni
Riccardo_Cordiferro Richard_A._Whiting Richard_M._Jones Rida_Johnson_Young Robert_Burns Robert_Johnson Robert_Lowry
Sabine_Baring-Gould Salvatore_Cardillo Sarah_Flower_Adams Scott_Joplin Sebastián_Yradier Septimus_Winner
Sir_Hubert_Parry Stephen_Foster Theodore_Morse Thomas_Hastings Thomas_Helmore Thomas_Oliphant Thomas_P._Westendorf
Victor_Herbert Victor_Schertzinger Vincent_Bryan Vincent_Youmans Walter_Donaldson Wilhelm_Åström Will_Cobb
Will_Fyffe William_Chatterton_Dix William_Jerome William_W._Walford [Traditional]
""".split()  # noqa: SIM905 (a list of names that reads as one)
)
"""Who died before 1948, or is traditional, as the folders of the collection name them."""


def all_free(folder: str) -> bool:
    """Say whether all authors that a folder names are AUTHORS; hyphens part them, and stand in some names, too."""
    parts = folder.split("-")
    known = [True] + [False] * len(parts)
    for end in range(1, len(parts) + 1):
        known[end] = any(known[begin] and "-".join(parts[begin:end]) in AUTHORS for begin in range(end))
    return known[-1]
