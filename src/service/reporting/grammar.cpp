// The tables read like the description: name, what it holds, how often.
#include "service/reporting/grammar.hpp"

#include "service/reporting/names.hpp"

namespace lightkeeper::reporting {

namespace {

using enum Times;

// Texts.

constexpr ElementType kText{Value::text};
constexpr ElementType kNote{Value::note};
constexpr ElementType kToken{Value::token};
constexpr ElementType kBoolean{Value::boolean};
constexpr ElementType kFixedTrue{Value::fixed_true};
constexpr ElementType kCount{Value::count};
constexpr ElementType kDegrees{Value::degrees};
constexpr ElementType kTime{Value::time};
constexpr ElementType kDate{Value::date};
constexpr ElementType kUrl{Value::url};
constexpr ElementType kCountry{Value::country};
constexpr ElementType kUsState{Value::us_state};
constexpr ElementType kIp{Value::ip};
constexpr ElementType kPort{Value::port};
constexpr ElementType kOneOfIpEvents{Value::choice, schema::kIpEvents};
constexpr ElementType kOneOfIncidentTypes{Value::choice, schema::kIncidentTypes};
constexpr ElementType kOneOfRelevances{Value::choice, schema::kRelevances};
constexpr ElementType kOneOfClassifications{Value::choice, schema::kClassifications};

// Texts with attributes.

constexpr Attribute kEmailAttributes[] = {{"type", Value::choice, schema::kEmailTypes},
                                          {"verified", Value::boolean},
                                          {"verificationDate", Value::any_time}};
constexpr ElementType kEmail{.value = Value::token, .attributes = kEmailAttributes};
constexpr Attribute kPhoneAttributes[] = {{"type", Value::choice, schema::kPhoneTypes},
                                          {"verified", Value::boolean},
                                          {"verificationDate", Value::any_time},
                                          {"countryCallingCode", Value::calling_code},
                                          {"extension", Value::text}};
constexpr ElementType kPhone{.value = Value::text, .attributes = kPhoneAttributes};
constexpr Attribute kPermanentlyDisabledAttributes[] = {{"disabledDate", Value::any_time},
                                                        {"userNotified", Value::boolean},
                                                        {"userNotifiedDate", Value::any_time}};
constexpr ElementType kPermanentlyDisabled{.value = Value::boolean,
                                           .attributes = kPermanentlyDisabledAttributes};
constexpr Attribute kTemporarilyDisabledAttributes[] = {{"disabledDate", Value::any_time},
                                                        {"userNotified", Value::boolean},
                                                        {"userNotifiedDate", Value::any_time},
                                                        {"reenabledDate", Value::any_time}};
constexpr ElementType kTemporarilyDisabled{.value = Value::boolean,
                                           .attributes = kTemporarilyDisabledAttributes};
constexpr Attribute kPlatformAttributes[] = {{"thirdPartyUser", Value::boolean}};
constexpr ElementType kPlatform{.value = Value::text, .attributes = kPlatformAttributes};
constexpr Attribute kServedInternationalAttributes[] = {{"fleaCountry", Value::country}};
constexpr ElementType kServedInternational{.value = Value::boolean,
                                           .attributes = kServedInternationalAttributes};
constexpr Attribute kBatchedReportAttributes[] = {{"reason", Value::choice, schema::kBatchReasons}};
constexpr ElementType kBatchedReport{.value = Value::fixed_true,
                                     .attributes = kBatchedReportAttributes};
constexpr Attribute kOriginalFileHashAttributes[] = {{"hashType", Value::token, {}, true}};
constexpr ElementType kOriginalFileHash{.value = Value::token,
                                        .attributes = kOriginalFileHashAttributes};

// Elements with children.

constexpr Attribute kAddressAttributes[] = {{"type", Value::choice, schema::kAddressTypes}};
constexpr Child kAddressChildren[] = {
    {"address", &kText, optional},     {"city", &kText, optional},
    {"zipCode", &kText, optional},     {"state", &kUsState, optional},
    {"nonUsaState", &kText, optional}, {"country", &kCountry, optional},
};
constexpr ElementType kAddress{.children = kAddressChildren, .attributes = kAddressAttributes};

constexpr Child kContactPersonChildren[] = {
    {"firstName", &kText, optional}, {"lastName", &kText, optional}, {"phone", &kPhone, any},
    {"email", &kEmail, any},         {"address", &kAddress, any},
};
constexpr ElementType kContactPerson{.children = kContactPersonChildren};

constexpr Child kPersonChildren[] = {
    {"firstName", &kText, optional},   {"lastName", &kText, optional}, {"phone", &kPhone, any},
    {"email", &kEmail, any},           {"address", &kAddress, any},    {"age", &kCount, optional},
    {"dateOfBirth", &kDate, optional},
};
constexpr ElementType kPerson{.children = kPersonChildren};

constexpr Child kIpCaptureEventChildren[] = {
    {"ipAddress", &kIp, once},      {"eventName", &kOneOfIpEvents, optional},
    {"dateTime", &kTime, optional}, {"possibleProxy", &kBoolean, optional},
    {"port", &kPort, optional},
};
constexpr ElementType kIpCaptureEvent{.children = kIpCaptureEventChildren};

constexpr Child kDeviceIdChildren[] = {
    {"idType", &kText, once},
    {"idValue", &kText, once},
    {"eventName", &kText, optional},
    {"dateTime", &kTime, optional},
};
constexpr ElementType kDeviceId{.children = kDeviceIdChildren};

constexpr Attribute kEstimatedLocationAttributes[] = {{"verified", Value::boolean},
                                                      {"timestamp", Value::time}};
constexpr Child kEstimatedLocationChildren[] = {
    {"city", &kText, optional},
    {"region", &kText, optional},
    {"countryCode", &kCountry, optional},
};
constexpr ElementType kEstimatedLocation{.children = kEstimatedLocationChildren,
                                         .attributes = kEstimatedLocationAttributes};

constexpr Attribute kAssociatedAccountAttributes[] = {
    {"type", Value::choice, schema::kAssociations, true}};
constexpr Child kAssociatedAccountChildren[] = {
    {"platform", &kPlatform, optional},
    {"firstName", &kText, optional},
    {"middleName", &kText, optional},
    {"lastName", &kText, optional},
    {"approximateAge", &kCount, optional},
    {"dateOfBirth", &kDate, optional},
    {"phone", &kPhone, any},
    {"email", &kEmail, any},
    {"allEmailsReported", &kBoolean, optional},
    {"address", &kAddress, any},
    {"espService", &kText, optional},
    {"espIdentifier", &kText, optional},
    {"profileUrl", &kUrl, any},
    {"screenName", &kText, optional},
    {"displayName", &kText, any},
    {"profileBio", &kText, optional},
    {"groupIdentifier", &kText, optional},
    {"compromisedAccount", &kBoolean, optional},
    {"accountTemporarilyDisabled", &kTemporarilyDisabled, optional},
    {"accountPermanentlyDisabled", &kPermanentlyDisabled, optional},
    {"ipCaptureEvent", &kIpCaptureEvent, any},
    {"deviceId", &kDeviceId, any},
    {"priorCTReport", &kText, any},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kAssociatedAccount{.children = kAssociatedAccountChildren,
                                         .attributes = kAssociatedAccountAttributes};

constexpr Child kPersonOrUserReportedChildren[] = {
    {"personOrUserReportedPerson", &kPerson, optional},
    {"vehicleDescription", &kText, optional},
    {"espIdentifier", &kText, optional},
    {"espService", &kText, optional},
    {"compromisedAccount", &kBoolean, optional},
    {"screenName", &kText, optional},
    {"displayName", &kText, any},
    {"profileUrl", &kUrl, any},
    {"profileBio", &kText, optional},
    {"ipCaptureEvent", &kIpCaptureEvent, any},
    {"deviceId", &kDeviceId, any},
    {"thirdPartyUserReported", &kBoolean, optional},
    {"priorCTReports", &kText, any},
    {"groupIdentifier", &kText, optional},
    {"accountTemporarilyDisabled", &kTemporarilyDisabled, optional},
    {"accountPermanentlyDisabled", &kPermanentlyDisabled, optional},
    {"estimatedLocation", &kEstimatedLocation, optional},
    {"allEmailsReported", &kBoolean, optional},
    {"associatedAccount", &kAssociatedAccount, any},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kPersonOrUserReported{.children = kPersonOrUserReportedChildren};

constexpr Child kIntendedRecipientChildren[] = {
    {"intendedRecipientPerson", &kPerson, optional},
    {"espIdentifier", &kText, optional},
    {"espService", &kText, optional},
    {"compromisedAccount", &kBoolean, optional},
    {"screenName", &kText, optional},
    {"displayName", &kText, any},
    {"profileUrl", &kUrl, any},
    {"profileBio", &kText, optional},
    {"ipCaptureEvent", &kIpCaptureEvent, any},
    {"deviceId", &kDeviceId, any},
    {"priorCTReports", &kText, any},
    {"groupIdentifier", &kText, optional},
    {"accountTemporarilyDisabled", &kTemporarilyDisabled, optional},
    {"accountPermanentlyDisabled", &kPermanentlyDisabled, optional},
    {"estimatedLocation", &kEstimatedLocation, optional},
    {"allEmailsReported", &kBoolean, optional},
    {"additionalInfo", &kNote, any},
};
constexpr ElementType kIntendedRecipient{.children = kIntendedRecipientChildren};

constexpr Child kVictimChildren[] = {
    {"victimPerson", &kPerson, once},
    {"espIdentifier", &kText, optional},
    {"espService", &kText, optional},
    {"compromisedAccount", &kBoolean, optional},
    {"screenName", &kText, optional},
    {"displayName", &kText, any},
    {"profileUrl", &kUrl, any},
    {"profileBio", &kText, optional},
    {"ipCaptureEvent", &kIpCaptureEvent, any},
    {"deviceId", &kDeviceId, any},
    {"schoolName", &kText, optional},
    {"priorCTReports", &kText, any},
    {"accountTemporarilyDisabled", &kTemporarilyDisabled, optional},
    {"accountPermanentlyDisabled", &kPermanentlyDisabled, optional},
    {"estimatedLocation", &kEstimatedLocation, optional},
    {"allEmailsReported", &kBoolean, optional},
    {"associatedAccount", &kAssociatedAccount, any},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kVictim{.children = kVictimChildren};

constexpr Child kReportAnnotationsChildren[] = {
    {"sextortion", &kFixedTrue, optional},
    {"csamSolicitation", &kFixedTrue, optional},
    {"minorToMinorInteraction", &kFixedTrue, optional},
    {"spam", &kFixedTrue, optional},
    {"sadisticOnlineExploitation", &kFixedTrue, optional},
};
constexpr ElementType kReportAnnotations{.children = kReportAnnotationsChildren, .any_order = true};

constexpr Child kIncidentSummaryChildren[] = {
    {"incidentType", &kOneOfIncidentTypes, once},
    {"platform", &kText, optional},
    {"escalateToHighPriority", &kNote, optional},
    {"reportAnnotations", &kReportAnnotations, optional},
    {"incidentDateTime", &kTime, once},
    {"incidentDateTimeDescription", &kText, optional},
};
constexpr ElementType kIncidentSummary{.children = kIncidentSummaryChildren};

constexpr Attribute kWebPageIncidentAttributes[] = {{"thirdPartyHostedContent", Value::boolean}};
constexpr Child kWebPageIncidentChildren[] = {
    {"url", &kUrl, any},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kWebPageIncident{.children = kWebPageIncidentChildren,
                                       .attributes = kWebPageIncidentAttributes};

constexpr Child kEmailIncidentChildren[] = {
    {"emailAddress", &kEmail, any},
    {"content", &kText, optional},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kEmailIncident{.children = kEmailIncidentChildren};

constexpr Child kNewsgroupIncidentChildren[] = {
    {"name", &kText, optional},
    {"emailAddress", &kEmail, any},
    {"content", &kText, optional},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kNewsgroupIncident{.children = kNewsgroupIncidentChildren};

constexpr Child kChatImIncidentChildren[] = {
    {"chatClient", &kText, optional},
    {"chatRoomName", &kText, optional},
    {"content", &kText, optional},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kChatImIncident{.children = kChatImIncidentChildren};

constexpr Child kOnlineGamingIncidentChildren[] = {
    {"gameName", &kText, optional},
    {"console", &kText, optional},
    {"content", &kText, optional},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kOnlineGamingIncident{.children = kOnlineGamingIncidentChildren};

constexpr Child kCellPhoneIncidentChildren[] = {
    {"phoneNumber", &kPhone, optional},
    {"latitude", &kDegrees, optional},
    {"longitude", &kDegrees, optional},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kCellPhoneIncident{.children = kCellPhoneIncidentChildren};

constexpr Child kNonInternetIncidentChildren[] = {
    {"locationName", &kText, optional},
    {"incidentAddress", &kAddress, any},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kNonInternetIncident{.children = kNonInternetIncidentChildren};

constexpr Child kPeerToPeerIncidentChildren[] = {
    {"client", &kText, optional},
    {"ipCaptureEvent", &kIpCaptureEvent, any},
    {"fileNames", &kText, optional},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kPeerToPeerIncident{.children = kPeerToPeerIncidentChildren};

constexpr Child kInternetDetailsChildren[] = {
    {"webPageIncident", &kWebPageIncident, once},
    {"emailIncident", &kEmailIncident, once, true},
    {"newsgroupIncident", &kNewsgroupIncident, once, true},
    {"chatImIncident", &kChatImIncident, once, true},
    {"onlineGamingIncident", &kOnlineGamingIncident, once, true},
    {"cellPhoneIncident", &kCellPhoneIncident, once, true},
    {"nonInternetIncident", &kNonInternetIncident, once, true},
    {"peer2peerIncident", &kPeerToPeerIncident, once, true},
};
constexpr ElementType kInternetDetails{.children = kInternetDetailsChildren};

constexpr Child kLawEnforcementChildren[] = {
    {"agencyName", &kText, once},
    {"caseNumber", &kText, optional},
    {"officerContact", &kContactPerson, optional},
    {"reportedToLe", &kBoolean, optional},
    {"servedLegalProcessDomestic", &kBoolean, optional},
    {"servedLegalProcessInternational", &kServedInternational, optional},
};
constexpr ElementType kLawEnforcement{.children = kLawEnforcementChildren};

constexpr Child kReporterChildren[] = {
    {"reportingPerson", &kPerson, once},   {"contactPerson", &kContactPerson, optional},
    {"companyTemplate", &kText, optional}, {"termsOfService", &kNote, optional},
    {"legalURL", &kUrl, optional},
};
constexpr ElementType kReporter{.children = kReporterChildren};

constexpr Child kReportChildren[] = {
    {"batchedReport", &kBatchedReport, optional},
    {"incidentSummary", &kIncidentSummary, once},
    {"internetDetails", &kInternetDetails, any},
    {"lawEnforcement", &kLawEnforcement, optional},
    {"reporter", &kReporter, once},
    {"personOrUserReported", &kPersonOrUserReported, any},
    {"intendedRecipient", &kIntendedRecipient, any},
    {"victim", &kVictim, any},
    {"additionalInfo", &kNote, optional},
};
constexpr ElementType kReport{.children = kReportChildren};

constexpr Child kFileAnnotationsChildren[] = {
    {"animeDrawingVirtualHentai", &kFixedTrue, optional},
    {"potentialMeme", &kFixedTrue, optional},
    {"viral", &kFixedTrue, optional},
    {"possibleSelfProduction", &kFixedTrue, optional},
    {"physicalHarm", &kFixedTrue, optional},
    {"violenceGore", &kFixedTrue, optional},
    {"bestiality", &kFixedTrue, optional},
    {"liveStreaming", &kFixedTrue, optional},
    {"infant", &kFixedTrue, optional},
    {"generativeAi", &kFixedTrue, optional},
};
constexpr ElementType kFileAnnotations{.children = kFileAnnotationsChildren, .any_order = true};

constexpr Child kNameValuePairChildren[] = {
    {"name", &kText, once},
    {"value", &kText, once},
};
constexpr ElementType kNameValuePair{.children = kNameValuePairChildren};

constexpr Attribute kDetailsAttributes[] = {{"type", Value::choice, schema::kDetailsTypes}};
constexpr Child kDetailsChildren[] = {
    {"nameValuePair", &kNameValuePair, some},
};
constexpr ElementType kDetails{.children = kDetailsChildren, .attributes = kDetailsAttributes};

constexpr Child kFileDetailsChildren[] = {
    {"reportId", &kCount, once},
    {"fileId", &kToken, once},
    {"fileName", &kText, optional},
    {"originalFileName", &kText, optional},
    {"uploadedToEspTimestamp", &kTime, optional},
    {"locationOfFile", &kUrl, optional},
    {"fileViewedByEsp", &kBoolean, optional},
    {"exifViewedByEsp", &kBoolean, optional},
    {"publiclyAvailable", &kBoolean, optional},
    {"fileRelevance", &kOneOfRelevances, optional},
    {"potentialMeme", &kBoolean, optional},
    {"fileAnnotations", &kFileAnnotations, optional, true},
    {"industryClassification", &kOneOfClassifications, optional},
    {"originalFileHash", &kOriginalFileHash, any},
    {"ipCaptureEvent", &kIpCaptureEvent, optional},
    {"deviceId", &kDeviceId, any},
    {"details", &kDetails, any},
    {"additionalInfo", &kNote, any},
};
constexpr ElementType kFileDetails{.children = kFileDetailsChildren};

}  // namespace

const ElementType& report_grammar() { return kReport; }
const ElementType& file_details_grammar() { return kFileDetails; }

}  // namespace lightkeeper::reporting
