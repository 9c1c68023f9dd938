"""Legal notice, accessibility and personal data in English."""

STATEMENTS_ENGLISH = {
    "to_be_filled_in": "To be filled in by whoever runs this service.",
    "by_phone": "Telephone: {phone}",
    "by_mail": "E-mail: {mail}",
    "legal_title": "Legal notice",
    "publisher": "Publisher",
    "director": "Director of publication: {name}",
    "host": "Host",
    "software": "Software",
    "software_licence": (
        "This service runs on Boucle, free software under the Apache 2.0 licence. "
        "It loads nothing from other sites."
    ),
    "open_data": "Use of the data",
    "open_data_licence": (
        "The public data of these pages and of the API may be used under the Licence Ouverte 2.0 "
        "(Etalab), naming source and date."
    ),
    "accessibility_title": "Accessibility statement",
    "conformity": "Conformity",
    "rgaa_duty": (
        "Whoever runs this service commits to making it accessible, as article 47 of French law "
        "no. 2005-102 of 11 February 2005 asks. This statement covers all its pages."
    ),
    "conformity_unknown": (
        "No audit was made yet: the service is to be taken as not conforming to the French "
        "reference for accessibility (RGAA), version 4.1."
    ),
    "conformity_full": "The service fully conforms to the RGAA, version 4.1.",
    "conformity_partial": (
        "The service partly conforms to the RGAA, version 4.1, because of what follows."
    ),
    "conformity_none": "The service does not conform to the RGAA, version 4.1.",
    "conformity_rate": "Audit of {day} by {by}: {rate} of the criteria that apply are kept.",
    "not_accessible": "What is not accessible",
    "tested_with": "Tests",
    "tested_how": (
        "Each version is checked by a program (axe-core) in both languages, with the keyboard "
        "alone, 320 pixels wide and without JavaScript. That does not replace an audit."
    ),
    "feedback": "Feedback and contact",
    "feedback_how": (
        "If you cannot reach something, write to us: we will tell you where else to find it, or "
        "give it to you in another form."
    ),
    "remedy": "Remedies",
    "remedy_how": (
        "If you told us of a lack of accessibility and had no satisfying answer, you may turn to "
        "the French Defender of Rights, online, through a delegate in your region, or by post, "
        "without a stamp:"
    ),
    "remedy_address": "Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07",
    "personal_data_title": "Personal data",
    "controller": "Controller",
    "legal_basis": (
        "It serves a task in the public interest: to watch the energy, water and heat of data "
        "centres (article 6(1)(e) of the GDPR)."
    ),
    "officer": "Data protection officer",
    "kept": "What is kept",
    "kept_intro": (
        "Only of those who have an account or try to sign in; this software hands nothing to third "
        "parties, nor outside the European Union."
    ),
    "kept_what": "What",
    "kept_why": "Why",
    "kept_how_long": "How long",
    "kept_account_what": (
        "Login name, name, e-mail address if given, roles; of those who sign in with a provider: "
        "its name and what it calls them"
    ),
    "kept_account_why": "To know who may see and do what",
    "kept_account_how_long": "Until the account is erased",
    "kept_session_what": (
        "Times of sessions; no address, no browser. Of a provider: the token of the sign-in"
    ),
    "kept_session_why": "To stay signed in, and to end it",
    "kept_session_how_long": "{hours} hours without activity, {days} days at most",
    "kept_failures_what": "Counts of failed tries, by a hash of name and address",
    "kept_failures_why": "To slow down those who guess passwords",
    "kept_failures_how_long": "24 hours; 30 days where somebody signed in",
    "kept_audit_what": (
        "Log: who changed what, or read confidential data, when, from which network"
    ),
    "kept_audit_why": "To answer for changes and disclosures",
    "kept_audit_how_long": "{months} months",
    "kept_answers_what": (
        "Name and login name of whoever answers a breach or takes equipment in charge"
    ),
    "kept_answers_why": "Proof of what was done, not shown to the public",
    "kept_answers_how_long": "As long as the proof itself",
    "visitors": "Visitors without an account",
    "visitors_none": (
        "No audience measurement, no tracker. A single cookie is set, on the page of signing in "
        "alone, and one for ten minutes by whoever goes to a provider: the service needs them."
    ),
    "rights": "Your rights",
    "right_access": (
        "Access, a copy, correction: write to the data protection officer. An administrator takes "
        "a copy (“boucle account export”)."
    ),
    "right_erasure": (
        "Erasure: an administrator erases the account, its roles, sessions and tokens. What the "
        "proof of a breach contains stays, as the law allows."
    ),
    "right_objection": "Objection and restriction, with the same person.",
    "right_complaint": (
        "Complaint to the CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris CEDEX 07, France."
    ),
}
