"""Given names, surnames and how people shorten them; every list is ordered from common to rare."""

from __future__ import annotations

MEN: dict[str, str] = {
    "de": (
        "Thomas Michael Andreas Stefan Alexander Christian Markus Wolfgang Jürgen Jörg Günther Klaus Uwe Björn "
        "Matthias Florian Sebastian Maximilian Lukas Jonas Felix Leon Paul Moritz Friedrich Heinrich Götz Ulrich "
        "Rüdiger Lorenz Kilian Benedikt Valentin Ansgar Ruprecht Torben Henning Detlef Eckhard Volker"
    ),
    "en": (
        "James William Robert John David Thomas Richard Charles Daniel Matthew Anthony Andrew Joshua Kenneth "
        "Edward Timothy Benjamin Samuel Patrick Alexander Jack Oliver Harry George Nathan Zachary Theodore Gerald "
        "Lawrence Christopher Stephen Gregory Nicholas Jonathan Graham Duncan Alistair Desmond Rupert Barnaby"
    ),
    "fr": (
        "Jean Pierre Michel François André Philippe Nicolas Julien Mathieu Sébastien Frédéric Stéphane Guillaume "
        "Benoît Rémi Étienne Loïc Thierry Gérard René Yves Hugo Théo Gaël Aurélien Cédric Clément Émile Gaspard "
        "Hervé Jérôme Léon Maël Noël Olivier Pascal Quentin Raphaël Tanguy Xavier"
    ),
    "es": (
        "Antonio José Manuel Francisco Juan David Javier Carlos Jesús Daniel Miguel Alejandro Rafael Pedro Pablo "
        "Ángel Sergio Fernando Luis Jorge Alberto Álvaro Adrián Diego Raúl Iván Rubén Óscar Ramón Andrés Joaquín "
        "Íñigo Gonzalo Hernán Ignacio Julián Martín Nicolás Sebastián Tomás"
    ),
    "it": (
        "Giuseppe Giovanni Antonio Mario Luigi Francesco Angelo Vincenzo Pietro Salvatore Carlo Franco Domenico "
        "Bruno Paolo Michele Giorgio Aldo Sergio Luciano Niccolò Matteo Lorenzo Alessandro Davide Simone Federico "
        "Luca Marco Stefano Gianluca Enrico Riccardo Tommaso Emanuele Fabrizio Ettore Ugo Cosimo Fulvio"
    ),
    "pl": (
        "Piotr Krzysztof Andrzej Tomasz Jan Paweł Michał Marcin Stanisław Jakub Adam Łukasz Grzegorz Wojciech "
        "Mateusz Zbigniew Jerzy Tadeusz Mariusz Dariusz Rafał Bartłomiej Kazimierz Sławomir Wiesław Jarosław "
        "Mirosław Bogdan Henryk Ryszard Czesław Zdzisław Przemysław Radosław Szymon Kacper Filip Oskar Błażej "
        "Witold"
    ),
    "tr": (
        "Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim İsmail Osman Yusuf Murat Ömer Ramazan Halil Süleyman "
        "Abdullah Mahmut Recep Salih Fatih Kadir Emre Hakan Adem Kemal Yaşar Bekir Musa Metin Orhan Bayram Serkan "
        "Furkan Gökhan Uğur Yunus Çağlar Şahin Volkan Tuğrul"
    ),
}

WOMEN: dict[str, str] = {
    "de": (
        "Anna Sabine Petra Monika Susanne Katharina Julia Stefanie Claudia Christine Birgit Heike Ursula Käthe "
        "Elisabeth Johanna Franziska Magdalena Hannah Mia Emma Sophie Charlotte Frieda Greta Jördis Gisela "
        "Brünhilde Dörte Wiebke Annegret Ingeborg Hildegard Mathilde Rosemarie Ottilie Swantje Tabea Verena "
        "Waltraud"
    ),
    "en": (
        "Mary Elizabeth Jennifer Margaret Susan Jessica Sarah Katherine Emily Victoria Rebecca Amanda Deborah "
        "Barbara Olivia Amelia Charlotte Isabella Grace Abigail Samantha Alexandra Penelope Eleanor Josephine "
        "Imogen Harriet Beatrice Rosalind Winifred Philippa Georgina Tamsin Bridget Fiona Gwendolyn Millicent "
        "Prudence Tabitha Ursula"
    ),
    "fr": (
        "Marie Jeanne Françoise Monique Catherine Nathalie Isabelle Sylvie Valérie Hélène Cécile Aurélie Émilie "
        "Élodie Céline Mélanie Chloé Zoé Léa Inès Océane Amélie Bérénice Clémence Delphine Édith Fleur Geneviève "
        "Héloïse Joséphine Laëtitia Margaux Noémie Odile Pénélope Romane Solène Thaïs Véronique Yvette"
    ),
    "es": (
        "María Carmen Ana Isabel Laura Cristina Marta Lucía Pilar Elena Sara Paula Raquel Beatriz Rocío Mónica "
        "Ángela Inés Nuria Belén Sofía Verónica Andrea Alicia Begoña Concepción Dolores Esperanza Fátima Graciela "
        "Irene Jimena Leticia Macarena Nieves Olga Paloma Remedios Soledad Ximena"
    ),
    "it": (
        "Maria Anna Giuseppina Rosa Angela Giovanna Teresa Lucia Carmela Caterina Francesca Antonietta Elena "
        "Chiara Valentina Federica Giulia Alessandra Silvia Martina Ilaria Beatrice Ludovica Ginevra Noemi Serena "
        "Arianna Bianca Costanza Donatella Eleonora Fiammetta Gaia Letizia Mirella Ornella Patrizia Raffaella "
        "Simona Viola"
    ),
    "pl": (
        "Anna Maria Katarzyna Małgorzata Agnieszka Barbara Ewa Krystyna Magdalena Elżbieta Joanna Aleksandra "
        "Zofia Monika Teresa Danuta Natalia Karolina Marta Beata Dorota Halina Jadwiga Janina Alicja Jolanta "
        "Grażyna Iwona Paulina Justyna Bożena Urszula Wioletta Kinga Łucja Świętosława Wanda Stefania Róża Żaneta"
    ),
    "tr": (
        "Fatma Ayşe Emine Hatice Zeynep Elif Meryem Şerife Sultan Zehra Hanife Merve Havva Zeliha Esra Fadime "
        "Özlem Hacer Yasemin Hülya Gülsüm Büşra Çiğdem Songül Sevgi Ebru Tuğba Derya Gamze Pınar Ülkü Nurşen İpek "
        "Defne Ceren Aslı Betül Dilek Filiz Gönül"
    ),
}

SURNAME_ROOTS: dict[str, str] = {
    "de": (
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Richter Klein Wolf "
        "Schröder Neumann Schwarz Braun Hofmann Zimmermann Krüger Hartmann Lange Krause Lehmann Köhler Jäger Groß "
        "Weiß Böhm"
    ),
    "en": (
        "Smith Jones Taylor Brown Wilson Evans Thomas Johnson Roberts Walker Wright Robinson Thompson White "
        "Hughes Edwards Green Hall Wood Harris Lewis Martin Jackson Clarke Cooper King Baker Turner O'Brien "
        "O'Connor"
    ),
    "fr": (
        "Martin Bernard Dubois Petit Durand Leroy Moreau Simon Laurent Lefèvre Michel Garcia Bertrand Roux "
        "Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Legrand Garnier Faure "
        "Rousseau Blanc Guérin"
    ),
    "es": (
        "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández "
        "Díaz Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez "
        "Serrano Blanco Ibáñez"
    ),
    "it": (
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De Luca Mancini "
        "Costa Giordano Rizzo Lombardi Moretti Barbieri Fontana Santoro Mariani Rinaldi Caruso Ferrara Galli "
        "Martini Leone"
    ),
    "pl": (
        "Nowak Wójcik Woźniak Mazur Krawczyk Kaczmarek Zając Król Wieczorek Wróbel Stępień Dudek Adamczyk Pawlak "
        "Sikora Baran Szewczyk Pietrzak Marciniak Bąk Duda Włodarczyk Kubiak Wilk Lis Kaźmierczak Sobczak Głowacz "
        "Kołodziej Mróz"
    ),
    "tr": (
        "Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara "
        "Koç Kurt Özkan Şimşek Polat Korkmaz Çakır Erdoğan Acar Güler Turan Güneş Tekin Bulut"
    ),
}

# Composed surnames fill the long tail: every first part with every second part.
SURNAME_PARTS: dict[str, tuple[str, str]] = {
    "de": (
        (
            "Alten Birken Buchen Brand Bären Eich Eisen Falken Feld Förster Gold Grün Hagen Hohen Kirch Königs "
            "Linden Löwen Mühl Neu Ober Raben Rosen Sand Schön Silber Stein Tannen Unter Wald"
        ),
        (
            "bach bauer baum berg berger brunn burg dorf feld hausen heim hofer kamp mann meier rath reuter see "
            "stätter thal"
        ),
    ),
    "en": (
        (
            "Ash Beck Black Brad Brook Carl Clay Cross Dal East Ed Elling Fair Green Hal Hart Hawk Ken Lang Mars "
            "Nor Oak Pem Ray Stan Thorn Wal West Whit Win"
        ),
        (
            "borough bourne bridge burn bury by combe croft dale den field ford gate ham hurst ley low man more "
            "shaw smith ster stone ton ville well wick wood worth"
        ),
    ),
    "fr": (
        (
            "Beau Bel Bois Bon Bour Chante Char Clair Dela Des Fon Grand Haute La Le Mal Mont Neu Perr Pont Quer "
            "Ro Saint Val Ver Ville"
        ),
        (
            "bert caille chard clerc court dier fort geois gnac leau lier lon mont moulin nard nier rier rand set "
            "sier ton tier val vier ville voix"
        ),
    ),
    "es": (
        (
            "Agu Alba Arre Bar Benav Cald Carr Cast Cifu Delg Esco Est Font Gal Guz Herr Ibar Lor Mend Mont Oliv "
            "Ort Pal Quint Riv Sala Tor Urr Val Zab"
        ),
        (
            "aga aldo ales allo anda andez ante aredo arez arra asco ello entes era ero eta illo inez ino izo ola "
            "ón osa uela uero"
        ),
    ),
    "it": (
        (
            "Agn Bald Barb Bell Bor Camp Capp Cast Cec Dam Fab Falc Gall Gatt Lanz Mant Marc Mor Napol Pag Pell "
            "Quar Rav Salv Sant Tad Tes Valent Vit Zan"
        ),
        (
            "accio ani ardi arelli ato azzi elli ello enzi eri esi etti iani ieri ini ioni ioli isi one oni ossi "
            "ucci ulli uzzi"
        ),
    ),
    "pl": (
        (
            "Adam Bor Brzez Cieś Dąbr Gał Górn Grab Jabł Jan Jawor Kamin Kal Kow Kras Krup Lew Lip Maj Mal Olsz "
            "Ostr Pawł Piotr Rut Sad Sos Szcz Wiśn Zieliń"
        ),
        (
            "al alczyk arek arz asik czak czyk ecki el elak ewicz iak icki ik ikowicz ka kiewicz owicz owiak "
            "owski szek ucha uk ula usz yk yna"
        ),
    ),
    "tr": (
        (
            "Ak Al Altın Ar Ay Baş Bay Bey Boz Çakır Can Dağ Demir Er Genç Gök Gül Gün Kara Karaca Kızıl Koca Öz "
            "Sarı Taş Tek Uz Yal Yeni Yurt"
        ),
        (
            "alp arslan ay baş bay bulut can çelik çı dağ demir doğan er gül han kan kaya kol lar maz oğlu pınar "
            "soy su tan taş tepe tuğ türk yürek"
        ),
    ),
}

NICKNAMES: dict[str, str] = {
    "Alexander": "Alex", "Maximilian": "Max", "Sebastian": "Basti", "Matthias": "Matze", "Michael": "Micha",
    "Wolfgang": "Wolfi", "Friedrich": "Fritz", "Heinrich": "Heinz", "Ulrich": "Uli", "Andreas": "Andi",
    "Christian": "Chris", "Katharina": "Kathi", "Elisabeth": "Lisa", "Johanna": "Hanna", "Magdalena": "Lena",
    "Franziska": "Franzi", "Susanne": "Susi", "Stefanie": "Steffi", "Charlotte": "Lotte", "Christine": "Tine",
    "William": "Bill", "Robert": "Bob", "James": "Jim", "Richard": "Dick", "Charles": "Charlie", "Daniel": "Dan",
    "Matthew": "Matt", "Anthony": "Tony", "Andrew": "Andy", "Joshua": "Josh", "Kenneth": "Ken", "Edward": "Ted",
    "Timothy": "Tim", "Benjamin": "Ben", "Samuel": "Sam", "Patrick": "Pat", "Nicholas": "Nick", "Gregory": "Greg",
    "Christopher": "Chris", "Stephen": "Steve", "Theodore": "Theo", "Lawrence": "Larry", "Elizabeth": "Liz",
    "Jennifer": "Jenny", "Margaret": "Peggy", "Susan": "Sue", "Jessica": "Jess", "Katherine": "Kate",
    "Victoria": "Vicky", "Rebecca": "Becky", "Amanda": "Mandy", "Deborah": "Debbie", "Barbara": "Babs",
    "Alexandra": "Sandra", "Eleanor": "Nell", "Josephine": "Josie", "Francisco": "Paco", "José": "Pepe",
    "Manuel": "Manolo", "Ignacio": "Nacho", "Alejandro": "Álex", "Dolores": "Lola", "Concepción": "Concha",
    "Pilar": "Pili", "Giuseppe": "Beppe", "Giovanni": "Gianni", "Luigi": "Gigi", "Vincenzo": "Enzo",
    "Alessandro": "Sandro", "Francesca": "Franca", "Giuseppina": "Pina", "Krzysztof": "Krzysiek", "Tomasz": "Tomek",
    "Katarzyna": "Kasia", "Małgorzata": "Gosia", "Agnieszka": "Aga", "Aleksandra": "Ola", "Stanisław": "Staszek",
    "Jean": "Jeannot", "Philippe": "Phil", "Nathalie": "Nat", "Isabelle": "Isa", "Catherine": "Cathy",
    "Mehmet": "Memo", "Mustafa": "Mustik", "İbrahim": "İbo", "Süleyman": "Sülo", "Fatma": "Fatoş", "Zeynep": "Zeyno",
}  # fmt: skip

TRANSLITERATION: tuple[tuple[str, str], ...] = (
    ("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"), ("é", "e"), ("è", "e"),
    ("ë", "e"), ("ê", "e"), ("É", "E"), ("á", "a"), ("à", "a"), ("â", "a"), ("Á", "A"), ("í", "i"), ("ì", "i"),
    ("î", "i"), ("ï", "i"), ("Í", "I"), ("ó", "o"), ("ò", "o"), ("ô", "o"), ("Ó", "O"), ("ú", "u"), ("ù", "u"),
    ("ñ", "n"), ("ç", "c"), ("Ç", "C"), ("ł", "l"), ("Ł", "L"), ("ą", "a"), ("ę", "e"), ("ć", "c"), ("ń", "n"),
    ("ś", "s"), ("Ś", "S"), ("ź", "z"), ("ż", "z"), ("Ż", "Z"), ("ş", "s"), ("Ş", "S"), ("ğ", "g"), ("ı", "i"),
    ("İ", "I"),
)  # fmt: skip


def men(language: str) -> list[str]:
    """The given names of men of a language, the common ones first."""
    return MEN[language].split()


def women(language: str) -> list[str]:
    """The given names of women of a language, the common ones first."""
    return WOMEN[language].split()


def surnames(language: str) -> list[str]:
    """The surnames of a language, the common ones first; the long tail is composed of two parts."""
    known = SURNAME_ROOTS[language].replace("De Luca", "De_Luca").split()
    firsts, seconds = (part.split() for part in SURNAME_PARTS[language])
    # The second part moves fastest by a step that has no common factor with either list, so that neighbours differ.
    composed = [
        firsts[number % len(firsts)] + seconds[(number * 7 + number // len(firsts)) % len(seconds)]
        for number in range(len(firsts) * len(seconds))
    ]
    return list(dict.fromkeys([name.replace("_", " ") for name in known] + composed))


def transliterate(text: str) -> str:
    """Spell a name with the 26 letters, as German and Turkish offices do: Jürgen becomes Juergen."""
    for letter, replacement in TRANSLITERATION:
        text = text.replace(letter, replacement)
    return text
