// The whole model of a CyberTipline report: incidents, accounts, people, files.
#pragma once

#include "service/reporting/file_details.hpp"
#include "service/reporting/report.hpp"
