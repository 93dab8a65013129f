// Names of enumerations: `json` in case files, `schema` in CyberTipline documents (where the two
// are the same, only `json` is given). In the order of the enumerators.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "service/reporting/case_file.hpp"

namespace lightkeeper::reporting {

template <class E>
struct Names;

#define LK_NAMES(type, first_value, ...)                                         \
  template <>                                                                    \
  struct Names<type> {                                                           \
    static constexpr std::size_t first = first_value;                            \
    static constexpr auto json = std::to_array<std::string_view>({__VA_ARGS__}); \
  }

LK_NAMES(Source, 0, "service_record", "verified_message", "guard_voucher", "persons_word",
         "reviewer", "settings");
LK_NAMES(Confidence, 0, "certain", "likely", "possible");
LK_NAMES(Harm, 0, "known_picture", "grooming", "threat", "unwanted", "other");
LK_NAMES(IncidentType, 0, "csam", "trafficking", "tourism", "molestation", "misleading_domain",
         "misleading_words", "enticement", "unsolicited_material");
LK_NAMES(ReportAnnotation, 0, "sextortion", "csam_solicitation", "minor_to_minor", "spam",
         "sadistic_exploitation");
LK_NAMES(Detection, 0, "user_report", "on_device_voucher", "service_protected_match", "metadata");
LK_NAMES(AddressType, 0, "home", "business", "billing", "shipping", "technical");
LK_NAMES(EmailType, 0, "home", "work", "business", "recovery");
LK_NAMES(PhoneType, 0, "mobile", "home", "business", "work", "fax", "internet", "recovery");
LK_NAMES(IpEventName, 0, "login", "registration", "purchase", "upload", "other", "unknown");
LK_NAMES(AssociationType, 0, "billing", "linked", "business", "creator", "parent", "guardian",
         "other");
LK_NAMES(ReporterRelation, 0, "victim", "recipient", "witness", "trusted_flagger");
LK_NAMES(MessageClass, 0, "verified", "not_verified", "provider_record");
LK_NAMES(MessageType, 0, "text", "picture", "edit", "unreadable");
LK_NAMES(ConversationKind, 0, "direct", "group");
LK_NAMES(ConversationMode, 0, "end_to_end_encrypted", "service_protected");
LK_NAMES(FileClass, 0, "verified", "not_verified", "provider_record", "voucher");
LK_NAMES(FileRelevance, 0, "reported", "supplemental");
LK_NAMES(FileAnnotation, 0, "drawing", "potential_meme", "viral", "possible_self_production",
         "physical_harm", "violence", "animal", "live_streaming", "infant", "generative_ai");
LK_NAMES(IndustryClassification, 0, "A1", "A2", "B1", "B2");
LK_NAMES(ViewStep, 1, "blurred", "grey", "colour");
LK_NAMES(VoucherSide, 0, "sender", "recipient");
LK_NAMES(VoucherFinding, 0, "confirmed", "not_confirmed");
LK_NAMES(HoldBasis, 0, "report_2258a", "letter_2703f", "epoc_pr", "uk_osa", "internal");
LK_NAMES(Outlet, 0, "ncmec", "nca", "dsa18", "abuse_site");
#undef LK_NAMES

template <class E>
[[nodiscard]] std::string_view json_name(E value) {
  return Names<E>::json.at(static_cast<std::size_t>(value) - Names<E>::first);
}
template <class E>
[[nodiscard]] std::optional<E> from_json_name(std::string_view name) {
  for (std::size_t i = 0; i < Names<E>::json.size(); ++i) {
    if (Names<E>::json[i] == name) {
      return static_cast<E>(i + Names<E>::first);
    }
  }
  return std::nullopt;
}

/// Words of the documents' own vocabulary, in the order of the enumerators.
namespace schema {
inline constexpr auto kIncidentTypes = std::to_array<std::string_view>({
    "Child Pornography (possession, manufacture, and distribution)",
    "Child Sex Trafficking",
    "Child Sex Tourism",
    "Child Sexual Molestation",
    "Misleading Domain Name",
    "Misleading Words or Digital Images on the Internet",
    "Online Enticement of Children for Sexual Acts",
    "Unsolicited Obscene Material Sent to a Child",
});
inline constexpr auto kReportAnnotations = std::to_array<std::string_view>({
    "sextortion",
    "csamSolicitation",
    "minorToMinorInteraction",
    "spam",
    "sadisticOnlineExploitation",
});
inline constexpr auto kFileAnnotations = std::to_array<std::string_view>({
    "animeDrawingVirtualHentai",
    "potentialMeme",
    "viral",
    "possibleSelfProduction",
    "physicalHarm",
    "violenceGore",
    "bestiality",
    "liveStreaming",
    "infant",
    "generativeAi",
});
inline constexpr auto kAddressTypes =
    std::to_array<std::string_view>({"Home", "Business", "Billing", "Shipping", "Technical"});
inline constexpr auto kEmailTypes =
    std::to_array<std::string_view>({"Home", "Work", "Business", "Recovery"});
inline constexpr auto kPhoneTypes = std::to_array<std::string_view>(
    {"Mobile", "Home", "Business", "Work", "Fax", "Internet", "Recovery"});
inline constexpr auto kIpEvents = std::to_array<std::string_view>(
    {"Login", "Registration", "Purchase", "Upload", "Other", "Unknown"});
inline constexpr auto kAssociations = std::to_array<std::string_view>(
    {"Billing", "Linked", "Business", "Creator", "Parent", "Guardian", "Other"});
inline constexpr auto kRelevances =
    std::to_array<std::string_view>({"Reported", "Supplemental Reported"});
inline constexpr auto kClassifications = std::to_array<std::string_view>({"A1", "A2", "B1", "B2"});
inline constexpr auto kDetailsTypes = std::to_array<std::string_view>({"EXIF", "HASH"});
inline constexpr auto kBatchReasons = std::to_array<std::string_view>({"VIRAL_POTENTIAL_MEME"});
}  // namespace schema

}  // namespace lightkeeper::reporting
