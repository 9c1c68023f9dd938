-- What is wrong with a device, sorted by what to check: pages say it in the language of the reader.

alter table device_state add column trouble text;
comment on column device_state.trouble is
    'What last_error is a case of (models.trouble.trouble.Trouble); null if nothing is wrong.';
