-- How far the clock of a device is off: the reason why its values may be uncertain.

alter table device_state add column clock_offset_s double precision;
comment on column device_state.clock_offset_s is
    'How far the clock of the device is ahead of the collector''s, s; null if it tells no time.';
