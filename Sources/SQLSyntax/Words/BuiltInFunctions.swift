/// What is known of a function of PostgreSQL by its name alone.
enum BuiltInClass: UInt8, BitwiseCopyable, Sendable {
    /// Not in the tables: it may write. Also every function that does (nextval, set_config,
    /// advisory locks, pg_notify, large objects, txid_current ...).
    case mayWrite
    /// Writes nothing and gives the same answer on every node that has the same data.
    case harmless
    /// Writes nothing, but the answer belongs to the node, its role or its server process.
    case nodeSpecific
}

/// PostgreSQL's own functions that are known to write nothing, by unqualified name.
///
/// All overloads of each name are stable or immutable in PostgreSQL's catalog, or were judged one by
/// one. Names of pg_catalog come before all others in a search_path which does not say otherwise;
/// a session that puts a schema before pg_catalog, or a user function which overloads such a name
/// for argument types of its own, is not seen here.
enum BuiltInFunctions {
    /// Volatile functions are not here even where a standby could run them (random,
    /// gen_random_uuid, clock_timestamp): two nodes give two answers. pg_sleep is: it has none.
    static let harmless = """
        abbrev abs acos acosd acosh age area array_agg array_append array_cat array_dims array_fill \
        array_length array_lower array_ndims array_position array_positions array_prepend \
        array_remove array_replace array_to_json array_to_string array_to_tsvector array_upper \
        ascii asin asind asinh atan atan2 atan2d atand atanh avg bit_and bit_count bit_length \
        bit_or bit_xor bool_and bool_or bound_box box broadcast btrim cardinality cbrt ceil \
        ceiling center char_length character_length chr circle col_description concat concat_ws \
        convert convert_from convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp \
        cume_dist current_database current_schema current_schemas current_setting date date_bin \
        date_part date_trunc datemultirange daterange decode degrees dense_rank diagonal diameter \
        div encode enum_first enum_last enum_range every exp extract factorial family first_value \
        float4 float8 floor format format_type gcd generate_series generate_subscripts get_bit \
        get_byte get_current_ts_config getdatabaseencoding has_any_column_privilege \
        has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege \
        has_function_privilege has_language_privilege has_schema_privilege \
        has_sequence_privilege has_server_privilege has_table_privilege \
        has_tablespace_privilege has_type_privilege hashtext height host hostmask \
        inet_merge inet_same_family initcap int2 int4 int4multirange int4range int8 \
        int8multirange int8range is_normalized isclosed isempty isfinite ishorizontal isopen \
        isparallel isperp isvertical json_agg json_array_elements json_array_elements_text \
        json_array_length json_build_array json_build_object json_each json_each_text \
        json_extract_path json_extract_path_text json_object json_object_agg json_object_keys \
        json_populate_record json_populate_recordset json_strip_nulls json_to_record \
        json_to_recordset json_to_tsvector json_typeof jsonb_agg jsonb_array_elements \
        jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object \
        jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert \
        jsonb_object jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz \
        jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array \
        jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz \
        jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set \
        jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_to_tsvector \
        jsonb_typeof justify_days justify_hours justify_interval lag last_value lcm lead left \
        length like line ln log log10 lower lower_inc lower_inf lpad lseg ltrim macaddr \
        macaddr8 macaddr8_set7bit make_date make_interval make_time make_timestamp \
        make_timestamptz masklen max md5 min min_scale mod mode multirange name netmask \
        network normalize now npoints nth_value ntile num_nonnulls num_nulls numeric nummultirange \
        numnode numrange obj_description octet_length overlaps overlay parse_ident path pclose \
        percent_rank percentile_cont percentile_disc pg_char_to_encoding pg_client_encoding \
        pg_collation_for pg_collation_is_visible pg_conversion_is_visible pg_describe_object \
        pg_encoding_to_char pg_function_is_visible pg_get_constraintdef pg_get_expr \
        pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result \
        pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_partkeydef pg_get_ruledef \
        pg_get_serial_sequence pg_get_statisticsobjdef pg_get_triggerdef pg_get_userbyid \
        pg_get_viewdef pg_has_role pg_opclass_is_visible pg_operator_is_visible \
        pg_opfamily_is_visible pg_size_bytes pg_size_pretty pg_sleep pg_sleep_for \
        pg_table_is_visible pg_ts_config_is_visible pg_ts_dict_is_visible \
        pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof \
        phraseto_tsquery pi plainto_tsquery point polygon popen position pow power querytree \
        quote_ident quote_literal quote_nullable radians radius range_agg range_intersect_agg \
        range_merge rank regclass regexp_count regexp_instr regexp_like regexp_match \
        regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr \
        regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy \
        regr_syy repeat replace reverse right round row_number row_security_active row_to_json \
        rpad rtrim scale set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512 \
        shobj_description sign sin sind sinh slope split_part sqrt starts_with \
        statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array \
        string_to_table strip strpos substr substring sum tan tand tanh text time timestamp \
        timestamptz timetz timezone to_ascii to_char to_date to_hex to_json to_jsonb to_number \
        to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc \
        to_regprocedure to_regrole to_regtype to_timestamp to_tsquery to_tsvector \
        transaction_timestamp translate trim_array trim_scale trunc ts_debug ts_delete ts_filter \
        ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_token_type tsmultirange \
        tsquery_phrase tsrange tstzmultirange tstzrange tsvector_to_array unistr unnest upper \
        upper_inc upper_inf var_pop var_samp varchar variance version websearch_to_tsquery width \
        width_bucket xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document \
        xmlagg xmlcomment xpath xpath_exists
        """

    static let nodeSpecific = """
        inet_client_addr inet_client_port inet_server_addr inet_server_port pg_backend_pid \
        pg_blocking_pids pg_conf_load_time pg_control_checkpoint pg_control_init \
        pg_control_recovery pg_control_system pg_current_snapshot \
        pg_current_xact_id_if_assigned pg_current_wal_flush_lsn pg_current_wal_insert_lsn \
        pg_current_wal_lsn pg_database_size pg_get_wal_replay_pause_state pg_indexes_size \
        pg_is_in_recovery pg_is_other_temp_schema pg_is_wal_replay_paused \
        pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn \
        pg_last_xact_replay_timestamp pg_listening_channels pg_lock_status pg_my_temp_schema \
        pg_postmaster_start_time pg_relation_filenode pg_relation_filepath pg_relation_size \
        pg_safe_snapshot_blocking_pids pg_show_all_settings pg_table_size \
        pg_tablespace_location pg_tablespace_size pg_total_relation_size pg_wal_lsn_diff \
        pg_walfile_name pg_xact_commit_timestamp txid_current_if_assigned \
        txid_current_snapshot txid_status
        """
}
