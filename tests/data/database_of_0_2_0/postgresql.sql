-- A database as oneinvoice-mock 0.2.0 left it, with --seed 1 --scale 6: dumped by pg_dump --inserts.
-- Before, in its dashboard and by its controls: two endpoints were registered, of which one is away, and the
-- secret of the other rotated; invoices were created and paid, and a quote accepted; a key was created, a change
-- announced, a file of members uploaded. Secrets are encrypted with the key in tests/integration/impl/store/released.py.
CREATE TABLE public.announcements (
    id character varying NOT NULL COLLATE pg_catalog."C",
    title character varying NOT NULL COLLATE pg_catalog."C",
    effective_on date NOT NULL,
    link character varying COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.api_keys (
    id character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying NOT NULL COLLATE pg_catalog."C",
    name character varying NOT NULL COLLATE pg_catalog."C",
    digest character varying NOT NULL COLLATE pg_catalog."C",
    first_four character varying NOT NULL COLLATE pg_catalog."C",
    last_four character varying NOT NULL COLLATE pg_catalog."C",
    rate_limit integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_rate_limit_check CHECK ((rate_limit > 0))
);
CREATE TABLE public.dashboard_sessions (
    digest character varying NOT NULL COLLATE pg_catalog."C",
    user_id character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.invoices (
    id character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying NOT NULL COLLATE pg_catalog."C",
    status character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    number character varying NOT NULL COLLATE pg_catalog."C",
    customer_name character varying NOT NULL COLLATE pg_catalog."C",
    customer_email character varying COLLATE pg_catalog."C",
    total_cents bigint NOT NULL,
    currency character varying NOT NULL COLLATE pg_catalog."C",
    due_date date NOT NULL,
    paid_at timestamp with time zone,
    quote_id character varying COLLATE pg_catalog."C",
    sent_at timestamp with time zone
);
CREATE TABLE public.key_use (
    key_id character varying NOT NULL COLLATE pg_catalog."C",
    hour timestamp with time zone NOT NULL,
    requests integer NOT NULL
);
CREATE TABLE public.login_links (
    digest character varying NOT NULL COLLATE pg_catalog."C",
    email character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);
CREATE TABLE public.member_imports (
    id character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying NOT NULL COLLATE pg_catalog."C",
    user_id character varying NOT NULL COLLATE pg_catalog."C",
    file bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.members (
    id character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying NOT NULL COLLATE pg_catalog."C",
    status character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    first_name character varying NOT NULL COLLATE pg_catalog."C",
    last_name character varying NOT NULL COLLATE pg_catalog."C",
    email character varying NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.organisations (
    id character varying NOT NULL COLLATE pg_catalog."C",
    name character varying NOT NULL COLLATE pg_catalog."C",
    kind character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.quotes (
    id character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying NOT NULL COLLATE pg_catalog."C",
    status character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    number character varying NOT NULL COLLATE pg_catalog."C",
    customer_name character varying NOT NULL COLLATE pg_catalog."C",
    customer_email character varying COLLATE pg_catalog."C",
    total_cents bigint NOT NULL,
    currency character varying NOT NULL COLLATE pg_catalog."C",
    public_token character varying NOT NULL COLLATE pg_catalog."C",
    signing_decision character varying COLLATE pg_catalog."C",
    signing_name character varying COLLATE pg_catalog."C",
    signing_ip character varying COLLATE pg_catalog."C",
    signed_at timestamp with time zone,
    valid_until date,
    sent_at timestamp with time zone
);
CREATE TABLE public.seedings (
    seed bigint NOT NULL,
    scale bigint NOT NULL
);
CREATE TABLE public.users (
    id character varying NOT NULL COLLATE pg_catalog."C",
    email character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.webhook_attempts (
    delivery_id character varying NOT NULL COLLATE pg_catalog."C",
    number integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_ms integer NOT NULL,
    status integer,
    error character varying COLLATE pg_catalog."C",
    answer bytea
);
CREATE TABLE public.webhook_deliveries (
    id character varying NOT NULL COLLATE pg_catalog."C",
    event_id character varying NOT NULL COLLATE pg_catalog."C",
    endpoint_id character varying NOT NULL COLLATE pg_catalog."C",
    event character varying NOT NULL COLLATE pg_catalog."C",
    status character varying NOT NULL COLLATE pg_catalog."C",
    due_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone,
    fence integer NOT NULL,
    attempts integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone
);
CREATE TABLE public.webhook_endpoints (
    id character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying NOT NULL COLLATE pg_catalog."C",
    url character varying NOT NULL COLLATE pg_catalog."C",
    events character varying COLLATE pg_catalog."C",
    secret bytea NOT NULL,
    previous_secret bytea,
    previous_until timestamp with time zone,
    status character varying NOT NULL COLLATE pg_catalog."C",
    failing_since timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    disabled_reason character varying COLLATE pg_catalog."C"
);
CREATE TABLE public.webhook_events (
    id character varying NOT NULL COLLATE pg_catalog."C",
    organisation_id character varying NOT NULL COLLATE pg_catalog."C",
    name character varying NOT NULL COLLATE pg_catalog."C",
    body bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
INSERT INTO public.announcements VALUES ('ann_85e885cea6156bcdb90b', 'Quotes have a currency', '2027-01-09', 'https://1invoice.example/roadmap', '2026-11-30 07:04:50.173598+00');
INSERT INTO public.api_keys VALUES ('key_I0OnwG8LXPre', 'org_oI7QqThqAdyq', 'sibling', 'bf1495f0b622d65856e35af4ae8fc0b98a27eeceb9122d27f799ed9c08cdd575', '1iv_', 'vDQa', 60, '2024-01-08 08:00:00+00', NULL, NULL);
INSERT INTO public.api_keys VALUES ('key_Y7dBmvGjtIwC', 'org_oI7QqThqAdyq', 'revoked', '57f21d658797de72406d74a86842a5037a19e24bb8e69a287e83109f1131d1c1', '1iv_', 'nG3G', 60, '2024-01-08 08:00:00+00', NULL, '2025-12-08 08:00:00+00');
INSERT INTO public.api_keys VALUES ('key_9QRw3rSSPkK9', 'org_LaeneDVQeFEa', 'other', 'eac8b3c3dd41089e5d3ddd2c86fb017351efd28dc30b84bd5d7eb54140d1eee4', '1iv_', 'g0SF', 60, '2024-01-08 08:00:00+00', NULL, NULL);
INSERT INTO public.api_keys VALUES ('key_227e6c48c44a7167494c', 'org_oI7QqThqAdyq', 'Accounting', '4eeb66dfb0f932d58d4d42c49c7116fad6d5e02c2ea186f90465382ea96c7be4', '1iv_', 'ipb1', 60, '2026-11-30 07:04:50.272237+00', NULL, NULL);
INSERT INTO public.api_keys VALUES ('key_OrPgJV3CWj83', 'org_oI7QqThqAdyq', 'primary', '124967894f0e7a0ebb913a0a869c12488af883419035fe156681b4145e7a49cd', '1iv_', 'yljL', 60, '2024-01-08 08:00:00+00', '2026-11-30 07:04:50.438989+00', NULL);
INSERT INTO public.dashboard_sessions VALUES ('f09293a504e2ed75ee55d4ff46c49332c5729c3c2a128c75e8bb6b6401fac927', 'usr_oI7QqThqAdyq', '2026-11-30 07:04:50.079167+00', '2026-11-30 07:04:50.079167+00', '2026-12-14 07:04:50.079167+00');
INSERT INTO public.invoices VALUES ('inv_OzuTxRB1eHfS', 'org_oI7QqThqAdyq', 'paid', '2024-01-08 08:00:00+00', '2024-0001', 'Åkerlund Bygg AB', 'akerlundbyggab@nordlys.example', 5664800, 'EUR', '2024-01-22', '2024-01-13 13:38:00+00', NULL, '2024-01-09 03:38:00+00');
INSERT INTO public.invoices VALUES ('inv_wwDORzlaY7EF', 'org_LaeneDVQeFEa', 'paid', '2024-01-11 10:26:00+00', '2024-0001', 'Skogfinn Sag & Høvleri', 'skogfinnsaghovleri@fjordpost.example', 18131305, 'ISK', '2024-01-25', '2024-01-21 19:17:00+00', 'quo_7hlZClXcg4EM', '2024-01-13 03:17:00+00');
INSERT INTO public.invoices VALUES ('inv_FB8vQHw4cnpQ', 'org_LaeneDVQeFEa', 'sent', '2024-04-04 20:00:00+00', '2024-0002', 'Bølgen & Sønner AS', 'bolgensonneras@fjordpost.example', 17351350, 'NOK', '2045-01-31', NULL, NULL, '2024-04-06 02:17:00+00');
INSERT INTO public.invoices VALUES ('inv_3G3Fr4FsOZtw', 'org_LaeneDVQeFEa', 'sent', '2024-07-01 08:00:00+00', '2024-0003', 'Ullvotten "Ull" ENK', 'ullvottenullenk@post.example', 14043850, 'NOK', '2024-07-15', NULL, NULL, '2024-07-03 08:45:00+00');
INSERT INTO public.invoices VALUES ('inv_jHMuzsJSjtzU', 'org_LaeneDVQeFEa', 'draft', '2024-09-26 20:00:00+00', '2024-0004', 'Trädgård & Co AB', 'tradgardcoab@kontor.example.org', 1405699, 'NOK', '2045-01-31', NULL, NULL, NULL);
INSERT INTO public.invoices VALUES ('inv_nByRzZAg52RO', 'org_LaeneDVQeFEa', 'paid', '2024-12-23 08:00:00+00', '2024-0005', 'Vinterlys Konsert DA', 'vinterlyskonsertda@kontor.example.org', 15063700, 'NOK', '2025-01-06', '2024-12-31 22:39:00+00', NULL, '2024-12-23 19:39:00+00');
INSERT INTO public.invoices VALUES ('inv_EZQdaYE6oPVH', 'org_LaeneDVQeFEa', 'sent', '2024-12-25 20:26:00+00', '2024-0006', 'Vinterlys Konsert DA', 'vinterlyskonsertda@kontor.example.org', 12724400, 'EUR', '2045-01-31', NULL, 'quo_9ZMJ9FLRhN8Q', '2024-12-26 18:16:00+00');
INSERT INTO public.invoices VALUES ('inv_bZs4EmO1ZKAk', 'org_LaeneDVQeFEa', 'sent', '2025-06-16 08:00:00+00', '2025-0007', 'Nordlys AS', 'nordlysas@nordlys.example', 17064400, 'ISK', '2025-06-30', NULL, NULL, '2025-06-16 08:19:00+00');
INSERT INTO public.invoices VALUES ('inv_RR29wS0FfFY8', 'org_LaeneDVQeFEa', 'paid', '2025-09-11 20:00:00+00', '2025-0008', 'Vinterlys Konsert DA', 'vinterlyskonsertda@nordlys.example', 16117505, 'EUR', '2025-09-25', '2025-09-16 17:39:00+00', NULL, '2025-09-12 23:39:00+00');
INSERT INTO public.invoices VALUES ('inv_c5e4f3d3e3f652a67d9e', 'org_oI7QqThqAdyq', 'draft', '2026-11-30 07:04:49.275465+00', '2026-0002', 'Þórsmörk ehf.', 'thorsmorkehf@nordlys.example', 14987300, 'SEK', '2026-12-14', NULL, NULL, NULL);
INSERT INTO public.invoices VALUES ('inv_a291d92d7c8f9c4f557c', 'org_oI7QqThqAdyq', 'paid', '2026-11-30 07:04:49.353123+00', '2026-0003', 'Øresund Marine A/S', 'oresundmarineas@post.example', 15965400, 'USD', '2026-12-14', '2026-11-30 07:04:49.353123+00', NULL, '2026-11-30 07:04:49.353123+00');
INSERT INTO public.key_use VALUES ('key_OrPgJV3CWj83', '2026-11-30 07:00:00+00', 1);
INSERT INTO public.login_links VALUES ('22d7d4c96f6e36039093c024daf1d1f9a13b26dcf71982fdb8747c8936b1d9c3', 'admin@fjordlyst-idrettslag.example', '2026-11-30 07:04:49.981835+00', '2026-11-30 07:19:49.981835+00', '2026-11-30 07:04:50.079167+00');
INSERT INTO public.member_imports VALUES ('imp_7a41e4f2d09bb0514b56', 'org_oI7QqThqAdyq', 'usr_oI7QqThqAdyq', '\x6669727374206e616d652c6c617374206e616d652c652d6d61696c0a4164612c536f6c626572672c616461406578616d706c652e636f6d0a', '2026-11-30 07:04:50.370528+00');
INSERT INTO public.members VALUES ('mem_VGzpKilM0jv6', 'org_oI7QqThqAdyq', 'active', '2024-01-08 08:00:00+00', 'Máret', 'Sámmol', 'maret.sammol.1@post.example');
INSERT INTO public.members VALUES ('mem_RN1m6gs3U5yq', 'org_oI7QqThqAdyq', 'inactive', '2024-05-04 00:00:00+00', 'Máret', 'Kowalski', 'maret.kowalski.2@nordlys.example');
INSERT INTO public.members VALUES ('mem_ShR53gK9j2vV', 'org_oI7QqThqAdyq', 'active', '2024-08-28 16:00:00+00', 'Äidi', 'Sørensen', 'aidi.sorensen.3@nordlys.example');
INSERT INTO public.members VALUES ('mem_97HUvRO6I27t', 'org_oI7QqThqAdyq', 'pending', '2024-08-28 16:00:00+00', 'Nils', 'Å', 'nils.a.4@nordlys.example');
INSERT INTO public.members VALUES ('mem_5VwSaOZA2jlV', 'org_oI7QqThqAdyq', 'active', '2025-04-19 00:00:00+00', 'Юлия', 'Nguyễn', 'post.nguyen.5@post.example');
INSERT INTO public.members VALUES ('mem_LWgU1ctvZp4Q', 'org_oI7QqThqAdyq', 'inactive', '2025-08-13 16:00:00+00', 'José', 'Dahl', 'jose.dahl.6@kontor.example.org');
INSERT INTO public.members VALUES ('mem_fvc9J7aWAw0x', 'org_LaeneDVQeFEa', 'active', '2024-01-08 08:00:00+00', 'Sunniva', 'Bergström', 'sunniva.bergstrom.1@kontor.example.org');
INSERT INTO public.members VALUES ('mem_7O8YqsiDk0oU', 'org_LaeneDVQeFEa', 'inactive', '2024-03-06 16:00:00+00', 'Freja', 'Mäkinen', 'freja.makinen.2@kontor.example.org');
INSERT INTO public.members VALUES ('mem_Jaem9Cf9agOM', 'org_LaeneDVQeFEa', 'active', '2024-05-04 00:00:00+00', 'Søren', 'Virtanen', 'soren.virtanen.3@fjordpost.example');
INSERT INTO public.members VALUES ('mem_39tVT67ZfVuS', 'org_LaeneDVQeFEa', 'pending', '2024-05-04 00:00:00+00', 'Thị Minh', 'Guðmundsdóttir', 'thiminh.gudmundsdottir.4@kontor.example.org');
INSERT INTO public.members VALUES ('mem_5RPE2BYec0XN', 'org_LaeneDVQeFEa', 'active', '2024-08-28 16:00:00+00', 'Birgitta', 'Mäkinen', 'birgitta.makinen.5@fjordpost.example');
INSERT INTO public.members VALUES ('mem_VrFDVTlSW48b', 'org_LaeneDVQeFEa', 'inactive', '2024-10-26 00:00:00+00', 'Leif', 'Hansen', 'leif.hansen.6@nordlys.example');
INSERT INTO public.members VALUES ('mem_2IuxjjY052fl', 'org_LaeneDVQeFEa', 'active', '2024-12-23 08:00:00+00', 'Łukasz', 'Sámmol', 'lukasz.sammol.7@post.example');
INSERT INTO public.members VALUES ('mem_I2kGiRh0xAQn', 'org_LaeneDVQeFEa', 'pending', '2024-12-23 08:00:00+00', 'Per Øyvind', 'Haugen', 'peroyvind.haugen.8@nordlys.example');
INSERT INTO public.members VALUES ('mem_l567KuvqQYfV', 'org_LaeneDVQeFEa', 'active', '2025-04-19 00:00:00+00', 'Mikkel', 'Løvlie', 'mikkel.lovlie.9@fjordpost.example');
INSERT INTO public.members VALUES ('mem_1AGcrbssQWNN', 'org_LaeneDVQeFEa', 'inactive', '2025-06-16 08:00:00+00', 'Solveig', 'Bergström', 'solveig.bergstrom.10@fjordpost.example');
INSERT INTO public.members VALUES ('mem_tYTv3ykLqMm1', 'org_LaeneDVQeFEa', 'active', '2025-08-13 16:00:00+00', 'Nils', 'Kjær', 'nils.kjaer.11@post.example');
INSERT INTO public.members VALUES ('mem_xWN8ax2hi73R', 'org_LaeneDVQeFEa', 'pending', '2025-08-13 16:00:00+00', 'Mikkel', 'Hansen', 'mikkel.hansen.12@fjordpost.example');
INSERT INTO public.organisations VALUES ('org_oI7QqThqAdyq', 'Fjordlyst Idrettslag', 'association', '2024-01-08 08:00:00+00');
INSERT INTO public.organisations VALUES ('org_LaeneDVQeFEa', 'Þingvellir Kulturforening', 'association', '2024-01-08 08:00:00+00');
INSERT INTO public.quotes VALUES ('quo_7hlZClXcg4EM', 'org_LaeneDVQeFEa', 'accepted', '2024-01-08 08:00:00+00', 'Q-2024-0001', 'Skogfinn Sag & Høvleri', 'skogfinnsaghovleri@fjordpost.example', 18131305, 'ISK', 'v4qILrhctxqKLql2vTLDpF9Z', 'accepted', 'Łukasz Løvlie', '2001:db8::35', '2024-01-11 08:26:00+00', '2024-02-07', '2024-01-09 16:28:00+00');
INSERT INTO public.quotes VALUES ('quo_zI3SVBBwXe90', 'org_LaeneDVQeFEa', 'sent', '2024-05-04 00:00:00+00', 'Q-2024-0002', 'Blåbær Kafé', 'blabaerkafe@post.example', 21454200, 'NOK', 'oHyLoKduF9RNKRKILUpcb0Wa', NULL, NULL, NULL, NULL, '2045-01-31', '2024-05-05 10:47:00+00');
INSERT INTO public.quotes VALUES ('quo_ZwmTzFwRXEuk', 'org_LaeneDVQeFEa', 'draft', '2024-08-28 16:00:00+00', 'Q-2024-0003', 'Rørlegger''n på Hjørnet', 'rorleggernpahjornet@kontor.example.org', 1710900, 'DKK', 'RUZBwdctt7mjZSdIDQ1qC3k7', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.quotes VALUES ('quo_9ZMJ9FLRhN8Q', 'org_LaeneDVQeFEa', 'accepted', '2024-12-23 08:00:00+00', 'Q-2024-0004', 'Vinterlys Konsert DA', 'vinterlyskonsertda@kontor.example.org', 12724400, 'EUR', 'PqGthKdapWjeMaDdjaKFNMOl', 'accepted', 'Ola Nguyễn', '198.51.100.40', '2024-12-25 18:26:00+00', '2025-01-22', '2024-12-23 20:28:00+00');
INSERT INTO public.quotes VALUES ('quo_7ZkcRh9Ps1EP', 'org_LaeneDVQeFEa', 'sent', '2025-04-19 00:00:00+00', 'Q-2025-0005', 'Trädgård & Co AB', 'tradgardcoab@post.example', 22012200, 'USD', 'bK63zWiyhfWf2SVr5TjcVRtY', NULL, NULL, NULL, NULL, '2045-01-31', '2025-04-19 17:11:00+00');
INSERT INTO public.quotes VALUES ('quo_WDbCG4xuuU2g', 'org_LaeneDVQeFEa', 'rejected', '2025-08-13 16:00:00+00', 'Q-2025-0006', 'Ullvotten "Ull" ENK', 'ullvottenullenk@nordlys.example', 10217305, 'DKK', '1iH7TrgWCQmVaSgDLOyVPlPa', 'rejected', 'Anne-Lise Rasmussen', '198.51.100.215', '2025-08-19 15:58:00+00', '2025-09-12', '2025-08-15 08:07:00+00');
INSERT INTO public.quotes VALUES ('quo_5f4624b236ed36c4ad3a', 'org_oI7QqThqAdyq', 'accepted', '2026-11-30 07:04:49.49871+00', 'Q-2026-0001', 'Blåbær Kafé', 'blabaerkafe@kontor.example.org', 10604900, 'SEK', 'Rpg9T8gVGCyNPyJQ_kaNlJX7', 'accepted', 'Torbjörn Петрова', '192.0.2.203', '2026-11-30 07:04:49.49871+00', '2026-12-30', '2026-11-30 07:04:49.49871+00');
INSERT INTO public.seedings VALUES (1, 6);
INSERT INTO public.users VALUES ('usr_oI7QqThqAdyq', 'admin@fjordlyst-idrettslag.example', 'org_oI7QqThqAdyq', '2024-01-08 08:00:00+00');
INSERT INTO public.users VALUES ('usr_LaeneDVQeFEa', 'admin@thingvellir-kulturforening.example', 'org_LaeneDVQeFEa', '2024-01-08 08:00:00+00');
INSERT INTO public.webhook_attempts VALUES ('del_1734895cd8cf358fbd59', 1, '2026-11-30 07:04:49.681141+00', 0, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_attempts VALUES ('del_c106db4626f9eba374d8', 1, '2026-11-30 07:04:49.677469+00', 5, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_3c68c039a3935b70d0b2', 1, '2026-11-30 07:04:49.697367+00', 221, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_attempts VALUES ('del_c2fbcb4cd87bafeadbb5', 1, '2026-11-30 07:04:49.697611+00', 221, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_attempts VALUES ('del_f4307c211659d0b2ec95', 1, '2026-11-30 07:04:49.699164+00', 219, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_attempts VALUES ('del_f44883c840f9a41fa671', 1, '2026-11-30 07:04:49.69638+00', 238, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_05189f961754c7c65adb', 1, '2026-11-30 07:04:49.696829+00', 238, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_247741d7e121790176de', 1, '2026-11-30 07:04:49.697021+00', 238, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_7be0ad8d4c7f8ccbae14', 1, '2026-11-30 07:04:49.933828+00', 1, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_attempts VALUES ('del_0d3aa89ae26992273274', 1, '2026-11-30 07:04:49.924828+00', 11, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_48e93f1fbd4557710160', 1, '2026-11-30 07:04:49.962126+00', 1, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_9a7bfed90def1c13e9ba', 1, '2026-11-30 07:04:49.962585+00', 1, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_attempts VALUES ('del_56c471b0f5b2e8bee152', 1, '2026-11-30 07:04:49.962461+00', 2, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_e0d35af2c05ba2c5de3c', 1, '2026-11-30 07:04:49.970075+00', 0, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_attempts VALUES ('del_5c34f0de2de6b5ff75bb', 1, '2026-11-30 07:04:50.201614+00', 1, 200, NULL, '\x6f6b');
INSERT INTO public.webhook_attempts VALUES ('del_e09f65f1d08b63730fb6', 1, '2026-11-30 07:04:50.202052+00', 1, NULL, 'No connection could be made: Connect call failed (''127.0.0.1'', 8098).', '\x');
INSERT INTO public.webhook_deliveries VALUES ('del_5c34f0de2de6b5ff75bb', 'evt_f74a0460abd70272c8fb', 'whe_37eb551ab7c7f5bd9c3e', 'api.change_announced', 'delivered', '2026-11-30 07:04:50.173598+00', NULL, 2, 1, '2026-11-30 07:04:50.173598+00', '2026-11-30 07:04:50.203126+00');
INSERT INTO public.webhook_deliveries VALUES ('del_e09f65f1d08b63730fb6', 'evt_f74a0460abd70272c8fb', 'whe_39cb2109ca5853cec4dc', 'api.change_announced', 'pending', '2026-11-30 07:04:55.171375+00', NULL, 2, 1, '2026-11-30 07:04:50.173598+00', NULL);
INSERT INTO public.webhook_deliveries VALUES ('del_1734895cd8cf358fbd59', 'evt_e16e64ebe2172e76a72d', 'whe_39cb2109ca5853cec4dc', 'invoice.created', 'pending', '2026-11-30 07:04:54.406527+00', NULL, 2, 1, '2026-11-30 07:04:49.275465+00', NULL);
INSERT INTO public.webhook_deliveries VALUES ('del_c106db4626f9eba374d8', 'evt_e16e64ebe2172e76a72d', 'whe_37eb551ab7c7f5bd9c3e', 'invoice.created', 'delivered', '2026-11-30 07:04:49.275465+00', NULL, 2, 1, '2026-11-30 07:04:49.275465+00', '2026-11-30 07:04:49.682775+00');
INSERT INTO public.webhook_deliveries VALUES ('del_3c68c039a3935b70d0b2', 'evt_01e89e97e0a1cb026338', 'whe_39cb2109ca5853cec4dc', 'invoice.created', 'pending', '2026-11-30 07:04:54.766119+00', NULL, 2, 1, '2026-11-30 07:04:49.353123+00', NULL);
INSERT INTO public.webhook_deliveries VALUES ('del_c2fbcb4cd87bafeadbb5', 'evt_ba065dcc1b915c93bfa4', 'whe_39cb2109ca5853cec4dc', 'invoice.sent', 'pending', '2026-11-30 07:04:55.567365+00', NULL, 2, 1, '2026-11-30 07:04:49.353123+00', NULL);
INSERT INTO public.webhook_deliveries VALUES ('del_f4307c211659d0b2ec95', 'evt_20decde17ea5b4b9e9e7', 'whe_39cb2109ca5853cec4dc', 'invoice.paid', 'pending', '2026-11-30 07:04:54.61482+00', NULL, 2, 1, '2026-11-30 07:04:49.353123+00', NULL);
INSERT INTO public.webhook_deliveries VALUES ('del_f44883c840f9a41fa671', 'evt_01e89e97e0a1cb026338', 'whe_37eb551ab7c7f5bd9c3e', 'invoice.created', 'delivered', '2026-11-30 07:04:49.353123+00', NULL, 2, 1, '2026-11-30 07:04:49.353123+00', '2026-11-30 07:04:49.935131+00');
INSERT INTO public.webhook_deliveries VALUES ('del_05189f961754c7c65adb', 'evt_ba065dcc1b915c93bfa4', 'whe_37eb551ab7c7f5bd9c3e', 'invoice.sent', 'delivered', '2026-11-30 07:04:49.353123+00', NULL, 2, 1, '2026-11-30 07:04:49.353123+00', '2026-11-30 07:04:49.935184+00');
INSERT INTO public.webhook_deliveries VALUES ('del_247741d7e121790176de', 'evt_20decde17ea5b4b9e9e7', 'whe_37eb551ab7c7f5bd9c3e', 'invoice.paid', 'delivered', '2026-11-30 07:04:49.353123+00', NULL, 2, 1, '2026-11-30 07:04:49.353123+00', '2026-11-30 07:04:49.935221+00');
INSERT INTO public.webhook_deliveries VALUES ('del_7be0ad8d4c7f8ccbae14', 'evt_15c33bcfd22e94b9b49b', 'whe_39cb2109ca5853cec4dc', 'quote.created', 'pending', '2026-11-30 07:04:55.548695+00', NULL, 2, 1, '2026-11-30 07:04:49.49871+00', NULL);
INSERT INTO public.webhook_deliveries VALUES ('del_0d3aa89ae26992273274', 'evt_15c33bcfd22e94b9b49b', 'whe_37eb551ab7c7f5bd9c3e', 'quote.created', 'delivered', '2026-11-30 07:04:49.49871+00', NULL, 2, 1, '2026-11-30 07:04:49.49871+00', '2026-11-30 07:04:49.935998+00');
INSERT INTO public.webhook_deliveries VALUES ('del_48e93f1fbd4557710160', 'evt_aabde242452cdb81a561', 'whe_37eb551ab7c7f5bd9c3e', 'quote.sent', 'delivered', '2026-11-30 07:04:49.49871+00', NULL, 2, 1, '2026-11-30 07:04:49.49871+00', '2026-11-30 07:04:49.963575+00');
INSERT INTO public.webhook_deliveries VALUES ('del_9a7bfed90def1c13e9ba', 'evt_aabde242452cdb81a561', 'whe_39cb2109ca5853cec4dc', 'quote.sent', 'pending', '2026-11-30 07:04:54.249457+00', NULL, 2, 1, '2026-11-30 07:04:49.49871+00', NULL);
INSERT INTO public.webhook_deliveries VALUES ('del_56c471b0f5b2e8bee152', 'evt_0bb80f1e779bb9f23458', 'whe_37eb551ab7c7f5bd9c3e', 'quote.accepted', 'delivered', '2026-11-30 07:04:49.49871+00', NULL, 2, 1, '2026-11-30 07:04:49.49871+00', '2026-11-30 07:04:49.965312+00');
INSERT INTO public.webhook_deliveries VALUES ('del_e0d35af2c05ba2c5de3c', 'evt_0bb80f1e779bb9f23458', 'whe_39cb2109ca5853cec4dc', 'quote.accepted', 'pending', '2026-11-30 07:04:54.492696+00', NULL, 2, 1, '2026-11-30 07:04:49.49871+00', NULL);
INSERT INTO public.webhook_endpoints VALUES ('whe_39cb2109ca5853cec4dc', 'org_oI7QqThqAdyq', 'http://127.0.0.1:8098/away', NULL, '\x67414141414142724453415250724468726f6c346e416b52447a5f5f3956334b6b49354d7052634e484f52707068555850634a546e6e6e4c69714b6172787557774539635231705774624945334442616930627930564c62396c65706c7536504f467769597046515a56544e717a655a45556558663875676a38446944615f304e5567694176746c5f6b4b42565868363666354d6d735f72364c4c554d646e72694c734d7a48746e306748547a7170345445637a696a553d', NULL, NULL, 'active', '2026-11-30 07:04:49.681141+00', '2026-11-30 07:04:49.235684+00', NULL, NULL);
INSERT INTO public.webhook_endpoints VALUES ('whe_37eb551ab7c7f5bd9c3e', 'org_oI7QqThqAdyq', 'http://127.0.0.1:8099/hook', NULL, '\x674141414141427244534153644d6952765033596b4633553575757a7253466873586a366f61554158747a55326f684c6e7a734877666b3651467a73375f726c4b457a53506347774533383246344a42664d4d4c55593451775574617342455a48392d6d55516d4e6f584a44307554314473592d63795178536d32317362434959556f6f68494730625053667467394848766c4a526c7171684c67697265677837695a574141346f364c674c58326d71783661473845303d', '\x67414141414142724453415251423634316d44734a47714e3071456e754b495838774a4f716768653870656b7630574a797a6e47497a316f3170787932775465743461675a473771694955625662726676676d7543696d6453454e3967384e4e4d6b57535a68596532497350585a3476365144723938376e5675594a43503245474b6e4861463759423149334c713165304641647058792d73725f684858482d436970645938306654346745326c4742556a7a794c57383d', '2026-12-01 07:04:50.46475+00', 'active', NULL, '2026-11-30 07:04:49.200482+00', NULL, NULL);
INSERT INTO public.webhook_events VALUES ('evt_e16e64ebe2172e76a72d', 'org_oI7QqThqAdyq', 'invoice.created', '\x7b226964223a20226576745f6531366536346562653231373265373661373264222c226576656e74223a2022696e766f6963652e63726561746564222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3237353436355a222c2264617461223a207b226964223a2022696e765f6335653466336433653366363532613637643965222c226e756d626572223a2022323032362d30303032222c22737461747573223a20226472616674222c227061796d656e745f737461747573223a2022756e70616964222c22637573746f6d6572223a207b226e616d65223a2022c39ec3b372736dc3b6726b206568662e222c22656d61696c223a202274686f72736d6f726b656866406e6f72646c79732e6578616d706c65227d2c22746f74616c223a20223134393837332e3030222c2263757272656e6379223a202253454b222c226475655f64617465223a2022323032362d31322d3134222c22706169645f6174223a206e756c6c2c2271756f74655f6964223a206e756c6c2c2273656e745f6174223a206e756c6c2c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3237353436355a227d7d', '2026-11-30 07:04:49.275465+00');
INSERT INTO public.webhook_events VALUES ('evt_01e89e97e0a1cb026338', 'org_oI7QqThqAdyq', 'invoice.created', '\x7b226964223a20226576745f3031653839653937653061316362303236333338222c226576656e74223a2022696e766f6963652e63726561746564222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a222c2264617461223a207b226964223a2022696e765f6132393164393264376338663963346635353763222c226e756d626572223a2022323032362d30303033222c22737461747573223a20226472616674222c227061796d656e745f737461747573223a2022756e70616964222c22637573746f6d6572223a207b226e616d65223a2022c398726573756e64204d6172696e6520412f53222c22656d61696c223a20226f726573756e646d6172696e65617340706f73742e6578616d706c65227d2c22746f74616c223a20223135393635342e3030222c2263757272656e6379223a2022555344222c226475655f64617465223a2022323032362d31322d3134222c22706169645f6174223a206e756c6c2c2271756f74655f6964223a206e756c6c2c2273656e745f6174223a206e756c6c2c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a227d7d', '2026-11-30 07:04:49.353123+00');
INSERT INTO public.webhook_events VALUES ('evt_ba065dcc1b915c93bfa4', 'org_oI7QqThqAdyq', 'invoice.sent', '\x7b226964223a20226576745f6261303635646363316239313563393362666134222c226576656e74223a2022696e766f6963652e73656e74222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a222c2264617461223a207b226964223a2022696e765f6132393164393264376338663963346635353763222c226e756d626572223a2022323032362d30303033222c22737461747573223a202273656e74222c227061796d656e745f737461747573223a2022756e70616964222c22637573746f6d6572223a207b226e616d65223a2022c398726573756e64204d6172696e6520412f53222c22656d61696c223a20226f726573756e646d6172696e65617340706f73742e6578616d706c65227d2c22746f74616c223a20223135393635342e3030222c2263757272656e6379223a2022555344222c226475655f64617465223a2022323032362d31322d3134222c22706169645f6174223a206e756c6c2c2271756f74655f6964223a206e756c6c2c2273656e745f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a227d7d', '2026-11-30 07:04:49.353123+00');
INSERT INTO public.webhook_events VALUES ('evt_20decde17ea5b4b9e9e7', 'org_oI7QqThqAdyq', 'invoice.paid', '\x7b226964223a20226576745f3230646563646531376561356234623965396537222c226576656e74223a2022696e766f6963652e70616964222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a222c2264617461223a207b226964223a2022696e765f6132393164393264376338663963346635353763222c226e756d626572223a2022323032362d30303033222c22737461747573223a202270616964222c227061796d656e745f737461747573223a202270616964222c22637573746f6d6572223a207b226e616d65223a2022c398726573756e64204d6172696e6520412f53222c22656d61696c223a20226f726573756e646d6172696e65617340706f73742e6578616d706c65227d2c22746f74616c223a20223135393635342e3030222c2263757272656e6379223a2022555344222c226475655f64617465223a2022323032362d31322d3134222c22706169645f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a222c2271756f74655f6964223a206e756c6c2c2273656e745f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3335333132335a227d7d', '2026-11-30 07:04:49.353123+00');
INSERT INTO public.webhook_events VALUES ('evt_15c33bcfd22e94b9b49b', 'org_oI7QqThqAdyq', 'quote.created', '\x7b226964223a20226576745f3135633333626366643232653934623962343962222c226576656e74223a202271756f74652e63726561746564222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a222c2264617461223a207b226964223a202271756f5f3566343632346232333665643336633461643361222c226e756d626572223a2022512d323032362d30303031222c22737461747573223a20226472616674222c22637573746f6d6572223a207b226e616d65223a2022426cc3a562c3a672204b6166c3a9222c22656d61696c223a2022626c61626165726b616665406b6f6e746f722e6578616d706c652e6f7267227d2c22746f74616c223a20223130363034392e3030222c2263757272656e6379223a202253454b222c227075626c69635f746f6b656e223a202252706739543867564743794e50794a515f6b614e6c4a5837222c227369676e696e67223a206e756c6c2c2276616c69645f756e74696c223a2022323032362d31322d3330222c2273656e745f6174223a206e756c6c2c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a227d7d', '2026-11-30 07:04:49.49871+00');
INSERT INTO public.webhook_events VALUES ('evt_aabde242452cdb81a561', 'org_oI7QqThqAdyq', 'quote.sent', '\x7b226964223a20226576745f6161626465323432343532636462383161353631222c226576656e74223a202271756f74652e73656e74222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a222c2264617461223a207b226964223a202271756f5f3566343632346232333665643336633461643361222c226e756d626572223a2022512d323032362d30303031222c22737461747573223a202273656e74222c22637573746f6d6572223a207b226e616d65223a2022426cc3a562c3a672204b6166c3a9222c22656d61696c223a2022626c61626165726b616665406b6f6e746f722e6578616d706c652e6f7267227d2c22746f74616c223a20223130363034392e3030222c2263757272656e6379223a202253454b222c227075626c69635f746f6b656e223a202252706739543867564743794e50794a515f6b614e6c4a5837222c227369676e696e67223a206e756c6c2c2276616c69645f756e74696c223a2022323032362d31322d3330222c2273656e745f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a227d7d', '2026-11-30 07:04:49.49871+00');
INSERT INTO public.webhook_events VALUES ('evt_0bb80f1e779bb9f23458', 'org_oI7QqThqAdyq', 'quote.accepted', '\x7b226964223a20226576745f3062623830663165373739626239663233343538222c226576656e74223a202271756f74652e6163636570746564222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a222c2264617461223a207b226964223a202271756f5f3566343632346232333665643336633461643361222c226e756d626572223a2022512d323032362d30303031222c22737461747573223a20226163636570746564222c22637573746f6d6572223a207b226e616d65223a2022426cc3a562c3a672204b6166c3a9222c22656d61696c223a2022626c61626165726b616665406b6f6e746f722e6578616d706c652e6f7267227d2c22746f74616c223a20223130363034392e3030222c2263757272656e6379223a202253454b222c227075626c69635f746f6b656e223a202252706739543867564743794e50794a515f6b614e6c4a5837222c227369676e696e67223a207b226465636973696f6e223a20226163636570746564222c226e616d65223a2022546f72626ac3b6726e20d09fd0b5d182d180d0bed0b2d0b0222c226970223a20223139322e302e322e323033222c227369676e65645f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a227d2c2276616c69645f756e74696c223a2022323032362d31322d3330222c2273656e745f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a34392e3439383731305a227d7d', '2026-11-30 07:04:49.49871+00');
INSERT INTO public.webhook_events VALUES ('evt_f74a0460abd70272c8fb', 'org_oI7QqThqAdyq', 'api.change_announced', '\x7b226964223a20226576745f6637346130343630616264373032373263386662222c226576656e74223a20226170692e6368616e67655f616e6e6f756e636564222c22637265617465645f6174223a2022323032362d31312d33305430373a30343a35302e3137333539385a222c2264617461223a207b226964223a2022616e6e5f3835653838356365613631353662636462393062222c227469746c65223a202251756f746573206861766520612063757272656e6379222c226566666563746976655f6f6e223a2022323032372d30312d3039222c2275726c223a202268747470733a2f2f31696e766f6963652e6578616d706c652f726f61646d6170227d7d', '2026-11-30 07:04:50.173598+00');
ALTER TABLE ONLY public.announcements
    ADD CONSTRAINT announcements_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.dashboard_sessions
    ADD CONSTRAINT dashboard_sessions_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.key_use
    ADD CONSTRAINT key_use_pkey PRIMARY KEY (key_id, hour);
ALTER TABLE ONLY public.login_links
    ADD CONSTRAINT login_links_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.member_imports
    ADD CONSTRAINT member_imports_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.organisations
    ADD CONSTRAINT organisations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quotes
    ADD CONSTRAINT quotes_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quotes
    ADD CONSTRAINT quotes_public_token_key UNIQUE (public_token);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, number);
ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.webhook_events
    ADD CONSTRAINT webhook_events_pkey PRIMARY KEY (id);
CREATE INDEX announcements_by_date ON public.announcements USING btree (effective_on, id);
CREATE INDEX invoices_due ON public.invoices USING btree (organisation_id, due_date, id) WHERE ((status)::text = 'sent'::text);
CREATE INDEX invoices_listed ON public.invoices USING btree (organisation_id, created_at, id);
CREATE INDEX invoices_listed_by_status ON public.invoices USING btree (organisation_id, status, created_at, id);
CREATE UNIQUE INDEX invoices_of_quote ON public.invoices USING btree (quote_id) WHERE (quote_id IS NOT NULL);
CREATE INDEX ix_dashboard_sessions_expires_at ON public.dashboard_sessions USING btree (expires_at);
CREATE INDEX ix_login_links_expires_at ON public.login_links USING btree (expires_at);
CREATE INDEX ix_member_imports_created_at ON public.member_imports USING btree (created_at);
CREATE INDEX ix_member_imports_user_id ON public.member_imports USING btree (user_id);
CREATE INDEX members_by_email ON public.members USING btree (organisation_id, lower((email)::text));
CREATE INDEX members_listed ON public.members USING btree (organisation_id, created_at, id);
CREATE INDEX members_listed_by_status ON public.members USING btree (organisation_id, status, created_at, id);
CREATE INDEX quotes_listed ON public.quotes USING btree (organisation_id, created_at, id);
CREATE INDEX quotes_listed_by_status ON public.quotes USING btree (organisation_id, status, created_at, id);
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (due_at, endpoint_id) WHERE ((status)::text = 'pending'::text);
CREATE INDEX webhook_deliveries_of_endpoint ON public.webhook_deliveries USING btree (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_of_kind ON public.webhook_deliveries USING btree (endpoint_id, event, status, created_at, id);
CREATE INDEX webhook_endpoints_listed ON public.webhook_endpoints USING btree (organisation_id, created_at, id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
ALTER TABLE ONLY public.dashboard_sessions
    ADD CONSTRAINT dashboard_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_quote_id_fkey FOREIGN KEY (quote_id) REFERENCES public.quotes(id);
ALTER TABLE ONLY public.key_use
    ADD CONSTRAINT key_use_key_id_fkey FOREIGN KEY (key_id) REFERENCES public.api_keys(id);
ALTER TABLE ONLY public.member_imports
    ADD CONSTRAINT member_imports_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
ALTER TABLE ONLY public.member_imports
    ADD CONSTRAINT member_imports_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
ALTER TABLE ONLY public.quotes
    ADD CONSTRAINT quotes_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
ALTER TABLE ONLY public.webhook_attempts
    ADD CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.webhook_deliveries(id);
ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES public.webhook_endpoints(id);
ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_event_id_fkey FOREIGN KEY (event_id) REFERENCES public.webhook_events(id);
ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
ALTER TABLE ONLY public.webhook_events
    ADD CONSTRAINT webhook_events_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES public.organisations(id);
