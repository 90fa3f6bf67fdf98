"""Names of columns -> what they may mean, in the languages of the customers' systems that we know."""

from __future__ import annotations

import re

_PATTERNS = (
    ("ignore", (r"(updated|modified|created|changed|inserted|loaded|deleted|ingested|synced?)( at| on| date| time| ts)?"
               r"|.*\b(timestamp|consent at|last (seen|login|visit|order|modified|update))")),
    ("email", r".*\b(e ?mail|mail|courriel|correo|posta elettronica)\b.*"),
    ("phone", (r".*\b(phone|telephone|telefon|telefono|téléphone|tel|mobile?|mob|cell|cel|celular|cellulare|telemovel|gsm|handy|fax"
              r"|msisdn|movil)\b.*")),
    ("date", (r".*\b(dob|birth ?date|birth ?day|date of birth|born|geburtsdatum|geboren|geb datum|date (de )?naissance"
             r"|fecha (de )?nac(imiento)?|data (di )?nascita|data urodzenia|geboortedatum|(data|dt) (de )?nasc(imento)?"
             r"|birth ?dt)\b.*")),
    ("year", r".*\b(year|yr|jahr|baujahr|annee|année|año|anno|jaar|rok)\b.*"),
    ("house_number", (r".*\b(house ?(no|nr|num|number)|street ?(no|nr|num|number)|building ?(no|number)|haus ?(nr|nummer)"
                     r"|numero civico|civico|huis ?(nr|nummer)|nr domu)\b.*")),
    ("postcode", (r".*\b(post ?codes?|postal ?codes?|zip ?codes?|zip|plz|postleitzahl|code postal|cp|codigo postal|cap"
                 r"|kod pocztowy|cep|pin ?code)\b.*")),
    ("street", (r".*\b(street|str|strasse|straße|rue|calle|via|ulica|straat|rua|addr|address|adresse|direccion|indirizzo"
               r"|adres|endereco|endereço|logradouro|domicilio|ulice|adr)\b.*")),
    ("city", (r".*\b(city|town|suburb|locality|ort|stadt|ville|ciudad|citta|città|miasto|plaats|cidade|village|municipality"
             r"|municipio|comune|localidad|birth ?place|place of birth)\b.*")),
    ("region", r".*\b(state|province|region|county|bundesland|departement|provincia|wojewodztwo|district|estado|uf)\b.*"),
    ("country", r".*\b(country|land|pays|pais|paese|kraj|nation|nationality)\b.*"),
    ("category", r".*\b(gender|sex|geschlecht|sexe|sexo|sesso|plec|salutation|anrede|title of person|civilite|language)\b.*"),
    ("full_name", (r".*\b(full ?name|person ?name|customer ?name|contact ?name|client ?name|patient ?name|kundenname"
                  r"|name of (the )?(person|customer)|(first|given) and (surname|last ?name|family ?name)|nom complet"
                  r"|nombre completo|nome completo|(cust(omer)?|client|person|full) ?nm|nm cliente|nome (do )?cliente)\b.*")),
    ("given_name", (r".*\b(first ?name|given ?name|fore ?name|fname|vorname|prenom|prénom|nombre|nome|imie|voornaam|givenname"
                   r"|given|christian name|f ?nm|first nm|gname)\b.*")),
    ("family_name", (r".*\b(last ?name|sur ?name|family ?name|lname|nachname|familienname|nom de famille|nom|apellidos?|cognome"
                    r"|nazwisko|achternaam|sobrenome|surname|family|l ?nm|last nm)\b.*")),
    ("middle_name", r"mi|m ?nm|.*\b(middle ?(names?|initial|init|nm)|mname|second name|zweiter vorname)\b.*"),
    ("identifier", (r".*\b(ssn|soc(ial)? sec(urity)?( id| no| number)?|tax ?(id|no|number)|vat|iban|passport|isin|ean|isbn|issn"
                   r"|doi|upc|gtin|sku|mpn|model ?(no|nr|number)|part ?(no|nr|number)|serial|imei|customer ?(id|no|nr|number)"
                   r"|cpf|cnpj|nif|dni|nie|nip|pesel|siret|siren|curp|pan|aadhaar|codice fiscale|steuernummer|mrn|imo|mmsi|vin"
                   r"|member ?(id|no|nr|number)|account ?(id|no|nr|number)|licen[cs]e)\b.*")),
    ("number", r".*\b(price|amount|cost|preis|prix|precio|prezzo|weight|height|width|length|volume|abv|rating|salary|income)\b.*"),
    ("text", (r".*\b(title|description|desc|product|item|company|organi[sz]ation|organisation|firm|firma|business|venue"
             r"|author|authors|manufacturer|brand|name)\b.*")),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(rf"\A(?:{pattern})\Z")) for kind, pattern in _PATTERNS)
_PERSONAL = re.compile(r"\A(the )?names?( of person)?\Z")


def words_of(column: str) -> str:
    """Split the name of a column into lower-case words: `DateOfBirth`, `date_of-birth` -> `date of birth`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^0-9A-Za-z\u00c0-\U0010ffff]+", " ", column)
    return re.sub(r"(?<=[a-z])(?=\d)", " ", " ".join(spaced.lower().split()))


def named_kinds(column: str) -> tuple[str, ...]:
    """Every kind that the name of a column speaks for, the most telling first; empty where it says nothing."""
    words = words_of(column)
    return tuple(kind for kind, pattern in _COMPILED if pattern.match(words))


def is_plain_name(column: str) -> bool:
    """Tell whether a column is called just `name`, which may be a person, a company or a product."""
    return bool(_PERSONAL.match(words_of(column)))
