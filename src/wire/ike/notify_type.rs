//! Notify message types (RFC 2408 §3.14.1, RFC 2407 §4.6.3, and IANA's registry for version 2).
//!
//! Version 1 writes its names with hyphens; here both versions have underscores, so that one name finds both.

use super::payload_type::Label;

/// A notify message type by its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotifyType(pub u16);

impl NotifyType {
    /// Both versions: the SPI of an ESP or AH packet is unknown to its receiver.
    pub const INVALID_SPI: Self = Self(11);
    /// Both versions: none of the offered suites is acceptable.
    pub const NO_PROPOSAL_CHOSEN: Self = Self(14);
    /// Version 2: another key exchange group is wanted, which the data name.
    pub const INVALID_KE_PAYLOAD: Self = Self(17);
    /// Both versions: the identity was not proved.
    pub const AUTHENTICATION_FAILED: Self = Self(24);
    /// Version 2: none of the offered traffic selectors is acceptable.
    pub const TS_UNACCEPTABLE: Self = Self(38);
    /// Version 2: hash of the sender's address and port.
    pub const NAT_DETECTION_SOURCE_IP: Self = Self(16388);
    /// Version 2: hash of the address and port it sent to.
    pub const NAT_DETECTION_DESTINATION_IP: Self = Self(16389);
    /// Version 2: the request must be repeated with this cookie.
    pub const COOKIE: Self = Self(16390);
    /// Version 2: an IKE SA can be set up alone (RFC 6023).
    pub const CHILDLESS_IKEV2_SUPPORTED: Self = Self(16418);
    /// Version 2: the request must go to another gateway (RFC 5685).
    pub const REDIRECT: Self = Self(16407);

    /// The name in version `major`, in upper case with underscores; `None` for a number it does not name.
    pub fn name(self, major: u8) -> Option<&'static str> {
        let table = match major {
            1 => VERSION_1,
            2 => VERSION_2,
            _ => return None,
        };
        table.iter().find(|(number, _)| *number == self.0).map(|(_, name)| *name)
    }

    /// Name and number for print: `NO_PROPOSAL_CHOSEN(14)`; `UNKNOWN(8192)` for a number without a name.
    pub fn label(self, major: u8) -> Label<u16> {
        Label { name: self.name(major), number: self.0 }
    }

    /// Whether it reports an error, in either version: 1 to 16383, the private ones included.
    pub const fn is_error(self) -> bool {
        matches!(self.0, 1..=16383)
    }
}

const VERSION_1: &[(u16, &str)] = &[
    (1, "INVALID_PAYLOAD_TYPE"),
    (2, "DOI_NOT_SUPPORTED"),
    (3, "SITUATION_NOT_SUPPORTED"),
    (4, "INVALID_COOKIE"),
    (5, "INVALID_MAJOR_VERSION"),
    (6, "INVALID_MINOR_VERSION"),
    (7, "INVALID_EXCHANGE_TYPE"),
    (8, "INVALID_FLAGS"),
    (9, "INVALID_MESSAGE_ID"),
    (10, "INVALID_PROTOCOL_ID"),
    (11, "INVALID_SPI"),
    (12, "INVALID_TRANSFORM_ID"),
    (13, "ATTRIBUTES_NOT_SUPPORTED"),
    (14, "NO_PROPOSAL_CHOSEN"),
    (15, "BAD_PROPOSAL_SYNTAX"),
    (16, "PAYLOAD_MALFORMED"),
    (17, "INVALID_KEY_INFORMATION"),
    (18, "INVALID_ID_INFORMATION"),
    (19, "INVALID_CERT_ENCODING"),
    (20, "INVALID_CERTIFICATE"),
    (21, "CERT_TYPE_UNSUPPORTED"),
    (22, "INVALID_CERT_AUTHORITY"),
    (23, "INVALID_HASH_INFORMATION"),
    (24, "AUTHENTICATION_FAILED"),
    (25, "INVALID_SIGNATURE"),
    (26, "ADDRESS_NOTIFICATION"),
    (27, "NOTIFY_SA_LIFETIME"),
    (28, "CERTIFICATE_UNAVAILABLE"),
    (29, "UNSUPPORTED_EXCHANGE_TYPE"),
    (30, "UNEQUAL_PAYLOAD_LENGTHS"),
    (16384, "CONNECTED"),
    (24576, "RESPONDER_LIFETIME"),
    (24577, "REPLAY_STATUS"),
    (24578, "INITIAL_CONTACT"),
    (36136, "R_U_THERE"),
    (36137, "R_U_THERE_ACK"),
    (40501, "UNITY_LOAD_BALANCE"),
    (40503, "UNITY_GROUP_HASH"),
];

const VERSION_2: &[(u16, &str)] = &[
    (1, "UNSUPPORTED_CRITICAL_PAYLOAD"),
    (4, "INVALID_IKE_SPI"),
    (5, "INVALID_MAJOR_VERSION"),
    (7, "INVALID_SYNTAX"),
    (9, "INVALID_MESSAGE_ID"),
    (11, "INVALID_SPI"),
    (14, "NO_PROPOSAL_CHOSEN"),
    (17, "INVALID_KE_PAYLOAD"),
    (24, "AUTHENTICATION_FAILED"),
    (34, "SINGLE_PAIR_REQUIRED"),
    (35, "NO_ADDITIONAL_SAS"),
    (36, "INTERNAL_ADDRESS_FAILURE"),
    (37, "FAILED_CP_REQUIRED"),
    (38, "TS_UNACCEPTABLE"),
    (39, "INVALID_SELECTORS"),
    (40, "UNACCEPTABLE_ADDRESSES"),
    (41, "UNEXPECTED_NAT_DETECTED"),
    (42, "USE_ASSIGNED_HoA"),
    (43, "TEMPORARY_FAILURE"),
    (44, "CHILD_SA_NOT_FOUND"),
    (45, "INVALID_GROUP_ID"),
    (46, "AUTHORIZATION_FAILED"),
    (47, "STATE_NOT_FOUND"),
    (48, "TS_MAX_QUEUE"),
    (16384, "INITIAL_CONTACT"),
    (16385, "SET_WINDOW_SIZE"),
    (16386, "ADDITIONAL_TS_POSSIBLE"),
    (16387, "IPCOMP_SUPPORTED"),
    (16388, "NAT_DETECTION_SOURCE_IP"),
    (16389, "NAT_DETECTION_DESTINATION_IP"),
    (16390, "COOKIE"),
    (16391, "USE_TRANSPORT_MODE"),
    (16392, "HTTP_CERT_LOOKUP_SUPPORTED"),
    (16393, "REKEY_SA"),
    (16394, "ESP_TFC_PADDING_NOT_SUPPORTED"),
    (16395, "NON_FIRST_FRAGMENTS_ALSO"),
    (16396, "MOBIKE_SUPPORTED"),
    (16397, "ADDITIONAL_IP4_ADDRESS"),
    (16398, "ADDITIONAL_IP6_ADDRESS"),
    (16399, "NO_ADDITIONAL_ADDRESSES"),
    (16400, "UPDATE_SA_ADDRESSES"),
    (16401, "COOKIE2"),
    (16402, "NO_NATS_ALLOWED"),
    (16403, "AUTH_LIFETIME"),
    (16404, "MULTIPLE_AUTH_SUPPORTED"),
    (16405, "ANOTHER_AUTH_FOLLOWS"),
    (16406, "REDIRECT_SUPPORTED"),
    (16407, "REDIRECT"),
    (16408, "REDIRECTED_FROM"),
    (16409, "TICKET_LT_OPAQUE"),
    (16410, "TICKET_REQUEST"),
    (16411, "TICKET_ACK"),
    (16412, "TICKET_NACK"),
    (16413, "TICKET_OPAQUE"),
    (16414, "LINK_ID"),
    (16415, "USE_WESP_MODE"),
    (16416, "ROHC_SUPPORTED"),
    (16417, "EAP_ONLY_AUTHENTICATION"),
    (16418, "CHILDLESS_IKEV2_SUPPORTED"),
    (16419, "QUICK_CRASH_DETECTION"),
    (16420, "IKEV2_MESSAGE_ID_SYNC_SUPPORTED"),
    (16421, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED"),
    (16422, "IKEV2_MESSAGE_ID_SYNC"),
    (16423, "IPSEC_REPLAY_COUNTER_SYNC"),
    (16424, "SECURE_PASSWORD_METHODS"),
    (16425, "PSK_PERSIST"),
    (16426, "PSK_CONFIRM"),
    (16427, "ERX_SUPPORTED"),
    (16428, "IFOM_CAPABILITY"),
    (16429, "SENDER_REQUEST_ID"),
    (16430, "IKEV2_FRAGMENTATION_SUPPORTED"),
    (16431, "SIGNATURE_HASH_ALGORITHMS"),
    (16432, "CLONE_IKE_SA_SUPPORTED"),
    (16433, "CLONE_IKE_SA"),
    (16434, "PUZZLE"),
    (16435, "USE_PPK"),
    (16436, "PPK_IDENTITY"),
    (16437, "NO_PPK_AUTH"),
    (16438, "INTERMEDIATE_EXCHANGE_SUPPORTED"),
    (16439, "IP4_ALLOWED"),
    (16440, "IP6_ALLOWED"),
    (16441, "ADDITIONAL_KEY_EXCHANGE"),
    (16442, "USE_AGGFRAG"),
    (16443, "SUPPORTED_AUTH_METHODS"),
    (16444, "SA_RESOURCE_INFO"),
    (16445, "USE_PPK_INT"),
    (16446, "PPK_IDENTITY_KEY"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_name_of_its_version() {
        let cases = [
            (14, 1, "NO_PROPOSAL_CHOSEN(14)"),
            (14, 2, "NO_PROPOSAL_CHOSEN(14)"),
            (16, 1, "PAYLOAD_MALFORMED(16)"),
            (16, 2, "UNKNOWN(16)"),
            (46, 2, "AUTHORIZATION_FAILED(46)"),
            (16384, 1, "CONNECTED(16384)"),
            (16384, 2, "INITIAL_CONTACT(16384)"),
            (36136, 1, "R_U_THERE(36136)"),
            (11, 3, "UNKNOWN(11)"),
        ];
        for (number, major, expected) in cases {
            assert_eq!(NotifyType(number).label(major).to_string(), expected);
        }
    }

    #[test]
    fn errors_end_where_statuses_begin() {
        assert!(NotifyType(16383).is_error());
        assert!(NotifyType::AUTHENTICATION_FAILED.is_error());
        assert!(!NotifyType(16384).is_error());
        assert!(!NotifyType(0).is_error());
    }

    #[test]
    fn tables_ascend_without_a_number_twice() {
        for table in [VERSION_1, VERSION_2] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0));
        }
    }
}
