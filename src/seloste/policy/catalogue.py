"""What decides who can read, as questions to PostgreSQL's catalogue.

Every question answers (kind, object, detail). Those of a *world* ask about the register and its
policy and are put to the expected world as well; those of a *database* about everything else in
it, and are put to a pristine database; those of the *cluster* about roles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

Facts = dict[tuple[str, str], str]

ACL = "(SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest({0}) a)"

FUNCTION = (
    """concat_ws('|', p.proowner::regrole, l.lanname, p.prosecdef, p.proleakproof, p.provolatile,
  p.proparallel, p.proisstrict, p.proretset, p.prokind, p.prosupport, pg_get_function_arguments(p.oid),
  pg_get_function_result(p.oid), p.proconfig::text,
  md5(replace(replace(coalesce(p.prosrc, ''), 'expected_register', 'register'), 'expected_policy', 'policy')
    || coalesce(p.probin, '')), """
    + ACL.format("coalesce(p.proacl, acldefault('f', p.proowner))")
    + ")"
)

WORLD = {
    "schema": """SELECT n.nspname::text, concat_ws('|', n.nspowner::regrole, """
    + ACL.format("coalesce(n.nspacl, acldefault('n', n.nspowner))")
    + ") FROM pg_namespace n WHERE n.nspname IN (%(register)s, %(policy)s)",
    "relation": """SELECT c.oid::regclass::text, concat_ws('|', c.relkind, c.relowner::regrole, c.relrowsecurity,
        c.relforcerowsecurity, c.relpersistence, """
    + ACL.format(
        "coalesce(c.relacl, acldefault(CASE WHEN c.relkind = 'S' THEN 's'::\"char\" ELSE 'r'::\"char\" END, c.relowner))"
    )
    + """) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN (%(register)s, %(policy)s) AND c.relkind NOT IN ('i', 'I', 't')""",
    "column": """SELECT c.oid::regclass::text || '.' || a.attname, concat_ws('|', format_type(a.atttypid, a.atttypmod),
        a.attgenerated, """
    + ACL.format("a.attacl")
    + """) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN (%(register)s, %(policy)s) AND a.attnum > 0 AND NOT a.attisdropped
          AND c.relkind IN ('r', 'p', 'v', 'm', 'f')""",
    "answer column": """SELECT c.oid::regclass::text || '.' || a.attname, concat_ws('|', a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(register)s AND c.relkind = 'r'
          AND a.attname ~ '^(bits[0-9]+|decided_until|closed|gone|guarded)$' AND NOT a.attisdropped""",
    "statistics": """SELECT c.oid::regclass::text || '.' || a.attname, 'no statistics of values'
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %(register)s AND c.relkind = 'r' AND a.attstattarget = 0
          AND NOT a.attisdropped""",
    "policy": """SELECT c.oid::regclass::text || ': ' || p.polname, concat_ws('|', p.polcmd, p.polpermissive,
        (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE r::regrole::text END, ',' ORDER BY r) FROM unnest(p.polroles) r),
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN (%(register)s, %(policy)s)""",
    "trigger": """SELECT c.oid::regclass::text || ': ' || t.tgname, concat_ws('|', t.tgenabled, pg_get_triggerdef(t.oid))
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN (%(register)s, %(policy)s) AND NOT t.tgisinternal""",
    "disabled constraint trigger": """SELECT c.oid::regclass::text || ': ' || t.tgname, t.tgenabled::text
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN (%(register)s, %(policy)s) AND t.tgisinternal AND t.tgenabled <> 'O'""",
    "rule": """SELECT c.oid::regclass::text || ': ' || r.rulename, concat_ws('|', r.ev_enabled, pg_get_ruledef(r.oid))
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN (%(register)s, %(policy)s)""",
    "function": "SELECT p.oid::regprocedure::text, "
    + FUNCTION
    + """ FROM pg_proc p
        JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname IN (%(register)s, %(policy)s)""",
    "index": """SELECT i.indexrelid::regclass::text, concat_ws('|', i.indisvalid, pg_get_indexdef(i.indexrelid))
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %(register)s AND (c.relname ~ '^policy_' OR (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')))""",
    "inheritance": """SELECT i.inhrelid::regclass::text, i.inhparent::regclass::text FROM pg_inherits i
        WHERE EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.oid IN (i.inhparent, i.inhrelid) AND n.nspname IN (%(register)s, %(policy)s) AND c.relkind <> 'I'
            AND c.relkind <> 'i')""",
}

OUTSIDE = "n.nspname NOT IN ('register', 'policy') AND n.nspname !~ '^pg_(toast|temp)'"

DATABASE = {
    "schema": "SELECT n.nspname::text, concat_ws('|', n.nspowner::regrole, "
    + ACL.format("coalesce(n.nspacl, acldefault('n', n.nspowner))")
    + f") FROM pg_namespace n WHERE {OUTSIDE}",
    "relation": """SELECT c.oid::regclass::text, concat_ws('|', c.relkind, c.relowner::regrole, c.relrowsecurity, """
    + ACL.format("coalesce(c.relacl, acldefault('r', c.relowner))")
    + f""") FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OUTSIDE} AND c.relkind NOT IN ('i', 'I', 't', 'c')""",
    "column": "SELECT c.oid::regclass::text || '.' || a.attname, "
    + ACL.format("a.attacl")
    + f""" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OUTSIDE} AND a.attacl IS NOT NULL""",
    "function": "SELECT p.oid::regprocedure::text, "
    + FUNCTION
    + f""" FROM pg_proc p
        JOIN pg_language l ON l.oid = p.prolang JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OUTSIDE}""",
    "rule": f"""SELECT c.oid::regclass::text || ': ' || r.rulename, concat_ws('|', r.ev_enabled, r.is_instead, r.ev_type,
        md5(r.ev_qual::text || r.ev_action::text)) FROM pg_rewrite r
        JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OUTSIDE}""",
    "trigger": f"""SELECT c.oid::regclass::text || ': ' || t.tgname, t.tgenabled::text FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OUTSIDE}""",
    "policy": f"""SELECT c.oid::regclass::text || ': ' || p.polname, p.polcmd::text FROM pg_policy p
        JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OUTSIDE}""",
    "language": "SELECT l.lanname::text, concat_ws('|', l.lanowner::regrole, l.lanpltrusted, "
    + ACL.format("coalesce(l.lanacl, acldefault('l', l.lanowner))")
    + ") FROM pg_language l",
    "default privileges": "SELECT concat_ws(' ', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype), "
    + ACL.format("d.defaclacl")
    + " FROM pg_default_acl d",
    "event trigger": "SELECT e.evtname::text, concat_ws('|', e.evtevent, e.evtenabled, e.evtfoid::regproc) FROM pg_event_trigger e",
    "publication": "SELECT p.pubname::text, concat_ws('|', p.puballtables, p.pubinsert, p.pubupdate) FROM pg_publication p",
    "published table": "SELECT r.prrelid::regclass::text, p.pubname::text FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid",
    "subscription": "SELECT s.subname::text, s.subenabled::text FROM pg_subscription s",
    "foreign data wrapper": "SELECT w.fdwname::text, w.fdwowner::regrole::text FROM pg_foreign_data_wrapper w",
    "foreign server": "SELECT s.srvname::text, s.srvowner::regrole::text FROM pg_foreign_server s",
    "user mapping": "SELECT u.umid::text, u.usename::text FROM pg_user_mappings u",
    "extension": "SELECT e.extname::text, concat_ws('|', e.extowner::regrole, e.extversion, e.extnamespace::regnamespace) FROM pg_extension e",
    "cast": "SELECT c.castsource::regtype || ' to ' || c.casttarget::regtype, concat_ws('|', c.castcontext, c.castfunc::regprocedure, c.castmethod) FROM pg_cast c",
    "operator": "SELECT o.oid::regoperator::text, concat_ws('|', o.oprcode::regproc, o.oprrest::regproc, o.oprjoin::regproc) FROM pg_operator o",
    "operator class": "SELECT n.nspname || '.' || c.opcname || ' ' || c.opcmethod, concat_ws('|', c.opcintype::regtype, c.opcdefault) FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace",
    "type": """SELECT t.oid::regtype::text, concat_ws('|', t.typowner::regrole, t.typtype, t.typinput::regproc, """
    + ACL.format("t.typacl")
    + ") FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
    " WHERE n.nspname !~ '^pg_(toast|temp)' AND t.typrelid = 0 AND t.typcategory <> 'A'",
    "large object": "SELECT m.oid::text, m.lomowner::regrole::text FROM pg_largeobject_metadata m",
    "transform": "SELECT t.oid::text, t.trftype::regtype::text FROM pg_transform t",
    "statistics object": "SELECT s.stxname::text, s.stxrelid::regclass::text FROM pg_statistic_ext s",
}

CLUSTER = {
    "role": """SELECT r.rolname::text, concat_ws('|', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
        r.rolreplication, r.rolbypassrls, r.rolconnlimit, coalesce(r.rolvaliduntil, 'infinity') = 'infinity',
        CASE WHEN r.rolpassword IS NULL THEN 'no password' WHEN r.rolpassword LIKE 'SCRAM-SHA-256$%%' THEN 'scram' ELSE 'weak' END)
        FROM pg_authid r WHERE r.rolname LIKE %(like)s""",
    "powerful role": """SELECT r.rolname::text, concat_ws('|', r.rolsuper, r.rolreplication, r.rolbypassrls) FROM pg_authid r
        WHERE (r.rolsuper OR r.rolreplication OR r.rolbypassrls) AND r.rolname <> current_user AND r.oid > 10
          AND r.rolname NOT LIKE %(like)s""",
    "membership": """SELECT m.roleid::regrole || ' to ' || m.member::regrole, m.admin_option::text {options}
        FROM pg_auth_members m WHERE NOT (m.roleid < 16384 AND m.member < 16384)
          AND (m.roleid::regrole::text LIKE %(quoted)s OR m.member::regrole::text LIKE %(quoted)s OR m.roleid < 16384)""",
    "setting": """SELECT concat_ws(' ', CASE s.setdatabase WHEN 0 THEN 'every database' ELSE 'this database' END,
        CASE s.setrole WHEN 0 THEN 'everybody' ELSE s.setrole::regrole::text END, split_part(v, '=', 1)),
        substr(v, strpos(v, '=') + 1) FROM pg_db_role_setting s, unnest(s.setconfig) v
        WHERE s.setdatabase = (SELECT d.oid FROM pg_database d WHERE d.datname = %(database)s)
          OR s.setdatabase = 0 AND (s.setrole = 0 OR s.setrole::regrole::text LIKE %(quoted)s)""",
    "database": "SELECT 'database', concat_ws('|', d.datdba::regrole, d.datallowconn, d.datconnlimit, "
    + ACL.format("coalesce(d.datacl, acldefault('d', d.datdba))")
    + ") FROM pg_database d WHERE d.datname = %(database)s",
    "parameter": "SELECT p.parname::text, "
    + ACL.format("p.paracl")
    + """ FROM pg_parameter_acl p WHERE EXISTS (SELECT 1 FROM aclexplode(p.paracl) a
        WHERE a.grantee = 0 OR a.grantee::regrole::text LIKE %(quoted)s)""",
}


def ask(connection: psycopg.Connection, questions: dict[str, str], arguments: dict[str, object]) -> Facts:
    """This will put questions to the catalogue.

    Shape: (kind, object) to detail.
    """
    found: Facts = {}
    for kind, question in questions.items():
        for thing, detail in connection.execute(question, arguments).fetchall():
            found[kind, thing] = detail or ""
    return found
