"""Countries of the demo company: how people there write addresses, numbers and the country itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """What an address and a phone number of one country look like.

    Attributes:
        alpha2: ISO 3166-1 code.
        share: how often a customer lives here.
        language: of names and, mostly, of the customer.
        spellings: of the country's name, the most frequent first.
        calling_code: E.164 country code.
        trunk: digit before a national number at home; empty where there is none.
        mobile: leading digits, and how many random digits follow; all such numbers exist in the numbering plan.
        postal: shape of the postal code: 9 is a digit, A a letter, anything else stands for itself.
        postal_first: lowest and highest number of the leading digits.
        cities: the large ones first.
        streets: names of streets.
        street_form: how street and house number are put together.
    """

    alpha2: str
    share: float
    language: str
    spellings: tuple[str, ...]
    calling_code: str
    trunk: str
    mobile: tuple[tuple[str, int], ...]
    postal: str
    postal_first: tuple[int, int]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    street_form: str


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


_DE_STREETS = _words(
    "Hauptstraße Bahnhofstraße Gartenstraße Dorfstraße Bergstraße Lindenstraße Schulstraße Mühlenweg Am_Markt "
    "Goethestraße Schillerstraße Kirchweg Rosenweg Birkenallee Im_Winkel Königsstraße Müllerstraße Ahornweg"
)

COUNTRIES: tuple[Country, ...] = (
    Country("DE", 0.30, "de", ("Germany", "Deutschland", "DE", "DEU", "germany", "Allemagne"), "49", "0",
            (("151", 8), ("160", 7), ("170", 7), ("176", 8), ("30", 8), ("89", 8), ("221", 7)), "99999", (10, 98),
            _words("Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Nürnberg Göttingen Lüneburg"),
            _DE_STREETS, "{street} {number}"),
    Country("AT", 0.05, "de", ("Austria", "Österreich", "AT", "AUT"), "43", "0",
            (("664", 7), ("676", 7), ("699", 8)), "9999", (10, 99),
            _words("Wien Graz Linz Salzburg Innsbruck Klagenfurt Sankt_Pölten Dornbirn"), _DE_STREETS,
            "{street} {number}"),
    Country("CH", 0.05, "de", ("Switzerland", "Schweiz", "CH", "CHE", "Suisse"), "41", "0",
            (("76", 7), ("78", 7), ("79", 7)), "9999", (10, 95),
            _words("Zürich Genf Basel Bern Lausanne Winterthur Luzern St._Gallen"), _DE_STREETS, "{street} {number}"),
    Country("FR", 0.12, "fr", ("France", "FR", "FRA", "Frankreich"), "33", "0",
            (("61", 7), ("62", 7), ("66", 7), ("76", 7), ("78", 7)), "99999", (10, 95),
            _words("Paris Marseille Lyon Toulouse Nice Nantes Montpellier Strasbourg Besançon Orléans"),
            _words("rue_de_la_République rue_Victor_Hugo avenue_Jean_Jaurès place_de_l'Église rue_du_Moulin "
                   "boulevard_Gambetta rue_Pasteur chemin_des_Vignes impasse_des_Lilas quai_Voltaire"),
            "{number} {street}"),
    Country("GB", 0.12, "en", ("United Kingdom", "GB", "UK", "GBR", "Great Britain"), "44", "0",
            (("7400", 6), ("7500", 6), ("7800", 6), ("7900", 6), ("7712", 6)), "XX9 9AA", (1, 9),
            _words("London Birmingham Leeds Glasgow Sheffield Manchester Edinburgh Liverpool Bristol Cardiff"),
            _words("High_Street Station_Road Main_Street Park_Avenue Church_Lane Victoria_Road Mill_Lane King's_Road "
                   "Queen's_Gate The_Crescent"), "{number} {street}"),
    Country("US", 0.14, "en", ("United States", "US", "USA", "United States of America", "Vereinigte Staaten"), "1", "",
            (("212", 0), ("415", 0), ("312", 0), ("617", 0)), "99999", (10, 98),
            _words("New_York Chicago Houston Phoenix Boston Seattle Denver Portland Austin San_José"),
            _words("Main_Street Oak_Avenue Maple_Drive Cedar_Lane Washington_Boulevard Lake_Road Sunset_Drive "
                   "Second_Street Hillcrest_Road Elm_Court"), "{number} {street}"),
    Country("ES", 0.08, "es", ("Spain", "España", "ES", "ESP", "Spanien"), "34", "",
            (("61", 7), ("63", 7), ("65", 7), ("67", 7)), "99999", (10, 52),
            _words("Madrid Barcelona Valencia Sevilla Zaragoza Málaga Murcia Córdoba Cádiz León"),
            _words("Calle_Mayor Calle_Real Avenida_de_la_Constitución Plaza_de_España Calle_del_Sol Calle_San_José "
                   "Paseo_de_Gracia Calle_de_la_Iglesia"), "{street} {number}"),
    Country("IT", 0.05, "it", ("Italy", "Italia", "IT", "ITA", "Italien"), "39", "",
            (("320", 7), ("328", 7), ("333", 7), ("340", 7), ("347", 7)), "99999", (10, 97),
            _words("Roma Milano Napoli Torino Palermo Genova Bologna Firenze Forlì Cefalù"),
            _words("Via_Roma Via_Garibaldi Corso_Italia Via_Mazzini Via_Dante Piazza_Cavour Via_Verdi Viale_Libertà"),
            "{street} {number}"),
    Country("PL", 0.05, "pl", ("Poland", "Polska", "PL", "POL", "Polen"), "48", "",
            (("501", 6), ("600", 6), ("660", 6), ("691", 6), ("721", 6), ("785", 6), ("882", 6)), "99-999", (10, 99),
            _words("Warszawa Kraków Łódź Wrocław Poznań Gdańsk Szczecin Bydgoszcz Lublin Białystok"),
            _words("ul._Polna ul._Leśna ul._Słoneczna ul._Krótka ul._Szkolna ul._Ogrodowa ul._Lipowa ul._Łąkowa"),
            "{street} {number}"),
    Country("TR", 0.04, "tr", ("Turkey", "Türkiye", "TR", "TUR", "Türkei"), "90", "0",
            (("532", 7), ("535", 7), ("542", 7), ("543", 7), ("505", 7)), "99999", (10, 80),
            _words("İstanbul Ankara İzmir Bursa Antalya Konya Adana Gaziantep Eskişehir Muğla"),
            _words("Atatürk_Caddesi Cumhuriyet_Caddesi İstiklal_Sokak Gül_Sokak Çınar_Sokak Barış_Caddesi"),
            "{street} No. {number}"),
)  # fmt: skip

BRITISH_AREAS = _words("SW1 EC2 M1 LS6 B15 G12 EH3 L8 BS1 CF10 S11 N7 W4 SE5 E8 OX2")

UNKNOWN_COUNTRIES = ("Atlantis", "Wakanda", "Elbonia", "Ruritania", "Genovia", "XX")

LANGUAGE_SPELLINGS: dict[str, tuple[str, ...]] = {
    "de": ("de", "DE", "de-DE", "German", "Deutsch"),
    "en": ("en", "EN", "en-GB", "English", "Englisch"),
    "fr": ("fr", "FR", "fr-FR", "French", "Français"),
    "es": ("es", "ES", "es-ES", "Spanish", "Español"),
    "it": ("it", "IT", "it-IT", "Italian", "Italiano"),
    "pl": ("pl", "PL", "pl-PL", "Polish", "Polski"),
    "tr": ("tr", "TR", "tr-TR", "Turkish", "Türkçe"),
}

GENDER_SPELLINGS: dict[str, tuple[str, ...]] = {
    "male": ("m", "M", "male", "Mr", "Herr", "Monsieur", "Señor", "Pan", "Bay", "männlich"),
    "female": ("f", "F", "female", "Ms", "Mrs", "Frau", "Madame", "Señora", "Pani", "Bayan", "w", "weiblich"),
    "other": ("d", "x", "divers", "Mx", "non-binary"),
}

CONSENT_SPELLINGS: dict[bool, tuple[str, ...]] = {
    True: ("yes", "ja", "true", "1", "oui", "sí", "tak", "evet", "Y"),
    False: ("no", "nein", "false", "0", "non", "nie", "hayır", "N"),
}
