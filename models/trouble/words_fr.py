"""French words of the troubles with a device."""

from collections.abc import Mapping
from typing import Final

from models.trouble.trouble import Trouble
from models.trouble.words import TroubleWords as Words

FRENCH: Final[Mapping[Trouble, Words]] = {
    Trouble.NAME_UNKNOWN: Words(
        "Le nom de la machine est inconnu",
        "le nom écrit dans le fichier du site, ou écrire l’adresse",
    ),
    Trouble.NOT_REACHED: Words(
        "La machine est injoignable", "son adresse, le câble, le réseau, la route et le pare-feu"
    ),
    Trouble.NOTHING_LISTENS: Words(
        "La machine est là, mais rien n’écoute sur ce port",
        "l’adresse et le port dans le fichier du site, et que le service fonctionne",
    ),
    Trouble.NO_CONNECTION: Words(
        "Personne ne répond à cette adresse",
        "l’adresse et le pare-feu, et que la machine est allumée",
    ),
    Trouble.HUNG_UP: Words(
        "L’autre côté ferme la connexion",
        "combien de connexions il accepte, et qui d’autre en tient une",
    ),
    Trouble.OTHER_PROTOCOL: Words(
        "Ce qui écoute là parle un autre protocole", "le port dans le fichier du site"
    ),
    Trouble.SECRET_MISSING: Words(
        "L’utilisateur ou le mot de passe n’est pas là où le dit le fichier du site",
        "l’environnement et les fichiers du collecteur (« login » de la liaison)",
    ),
    Trouble.LOGIN_REFUSED: Words(
        "Le serveur refuse l’utilisateur ou le mot de passe",
        "« login » de la liaison, et cet utilisateur sur le serveur",
    ),
    Trouble.SECURITY_REFUSED: Words(
        "Le serveur refuse une session sans chiffrement",
        "que le serveur accepte la politique de sécurité None : Boucle n’en ouvre pas encore "
        "d’autre",
    ),
    Trouble.SERVER_FULL: Words(
        "Le serveur n’accepte plus de client",
        "les autres clients du serveur, ou relever sa limite",
    ),
    Trouble.SERVER_STOPPED: Words("Le serveur s’arrête", "que quelqu’un le redémarre"),
    Trouble.SILENT: Words(
        "L’appareil ne répond pas",
        "qu’il est alimenté, son bus et son numéro d’unité, et « timeout_s » de la liaison s’il "
        "est lent",
    ),
    Trouble.GARBLED: Words(
        "Ce qui arrive ne répond pas à la question",
        "la trame, la vitesse, la terminaison du bus, et que personne d’autre n’y interroge",
    ),
    Trouble.ECHO: Words(
        "Le convertisseur renvoie ce qu’il a reçu",
        "son écho : le désactiver dans le convertisseur",
    ),
    Trouble.OTHER_UNIT: Words(
        "Une autre unité répond que celle qui est interrogée",
        "le numéro d’unité ; un appareil seul sur sa liaison y a droit avec "
        "« any_reply_unit: true »",
    ),
    Trouble.REFUSED: Words(
        "L’appareil refuse des registres",
        "que le profil est celui de ce modèle et de ce micrologiciel, holding ou input, et si les "
        "adresses comptent depuis 0 ou 1 ; déclarer « absent » ce qui lui manque",
    ),
    Trouble.BUSY: Words(
        "L’appareil se dit occupé", "qui d’autre l’interroge, et l’interroger moins souvent"
    ),
    Trouble.NODE_UNKNOWN: Words(
        "Le serveur ne connaît pas ce nœud",
        "l’identifiant du nœud dans la liste du serveur, majuscules et minuscules, son espace de "
        "noms, et « object » de l’appareil",
    ),
    Trouble.NOT_READABLE: Words(
        "L’utilisateur n’a pas le droit de lire ce nœud",
        "les droits de l’utilisateur sur le serveur",
    ),
    Trouble.BEHIND_SERVER: Words(
        "Le serveur répond, mais pas l’appareil derrière lui", "cet appareil et son bus"
    ),
    Trouble.DEVICE_FAULT: Words(
        "L’appareil se dit lui-même en panne", "son afficheur et sa liste de défauts"
    ),
    Trouble.NOT_A_NUMBER: Words(
        "Un nœud donne autre chose qu’un nombre",
        "l’identifiant du nœud : en nommer un qui porte un nombre",
    ),
    Trouble.IMPOSSIBLE_VALUE: Words(
        "Des valeurs sont hors du possible",
        "adresse, type, « word_order » et échelle de ces points dans le profil ; déclarer "
        "« absent » ce qui n’a pas de sens dans cet appareil",
    ),
    Trouble.DEVICE_CLOCK: Words(
        "Une horloge est fausse : ses valeurs, incertaines, sont laissées de côté",
        "la synchronisation (NTP) de l’appareil et du collecteur",
    ),
    Trouble.OTHER: Words("Autre chose ne va pas", "le journal du collecteur"),
}
